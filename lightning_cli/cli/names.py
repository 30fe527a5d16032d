"""The program's name, and its commands with their first lines."""

PROGRAM = "lightning-tts"
COMMANDS = {
    "say": "Speak text: play it, or write it to a file or pipe.",
    "batch": "Narrate many texts into files; re-runs only redo what changed.",
    "voices": "List the voices.",
    "dicts": "Manage pronunciation dictionaries.",
    "devices": "List the audio output devices.",
    "doctor": "Check what speech needs: program, key, service, sound and offline engine.",
    "serve": "Run a local server that imitates the service using the offline engine.",
    "config": "Show or edit the configuration.",
    "login": "Store the API key.",
    "logout": "Remove the stored API key.",
    "cache": "Inspect or prune cached batch audio.",
    "completion": "Print the shell completion script.",
}
# The option that names a profile.
PROFILE = "profile"
