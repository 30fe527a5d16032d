"""The program's name, its commands with their first lines, and the exit codes as help shows them."""

from lightning_cli.errors import ExitCode

PROGRAM = "lightning-tts"
COMMANDS = {
    "say": "Speak text: play it, or write it to a file or pipe.",
    "batch": "Narrate many texts into files, and later only what changed.",
    "voices": "List the voices.",
    "dicts": "Manage pronunciation dictionaries.",
    "devices": "List the audio output devices.",
    "doctor": "Check what speech needs: program, key, service, sound and offline engine.",
    "serve": "Serve the offline engine over the service's protocol, as a stand-in for it.",
    "config": "Look at the configuration and edit it.",
    "login": "Store the key of the service.",
    "logout": "Remove the stored key.",
    "cache": "Look at the audio kept for batch, and remove what was not used for long.",
    "completion": "Print the script that lets a shell complete commands, options and values.",
}
EXIT_CODES = "Exit codes: " + "; ".join(f"{code.value} {code.meaning}" for code in ExitCode) + "."
# The option that names a profile.
PROFILE = "profile"
