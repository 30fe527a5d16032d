"""The program's name, and its commands with their first lines."""

PROGRAM = "lightning-tts"
COMMANDS = {
    "say": "Speak text: play it, or write it to a file or pipe.",
    "stop": "Silence what plays, from any shell.",
    "pause": "Pause what plays, from any shell.",
    "resume": "Play on after a pause, from any shell.",
    "skip": "Go to the next sentence of what plays.",
    "again": "Play the current sentence again.",
    "set": "Change the volume and the speed of what plays.",
    "status": "Show what plays and how many wait.",
    "batch": "Narrate many texts into files; re-runs only redo what changed.",
    "report": "Work with the reports of batch runs.",
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
# Commands that share a module, which else bears the name of its only one.
MODULES = dict.fromkeys(("stop", "pause", "resume", "skip", "again", "set", "status"), "controls")
# The option that names a profile.
PROFILE = "profile"
