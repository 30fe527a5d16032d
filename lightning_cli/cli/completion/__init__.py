"""Completion in bash, zsh, fish and PowerShell, in 27 ms a Tab.

``completing`` answers the shell from the table data/commands.json (made by tools.generate) and loads no framework;
``completion_values`` knows voices, devices, dictionaries and profiles from what was listed last;
``completion_scripts`` holds the shells' scripts and ``completion_install`` puts them in place.
"""
