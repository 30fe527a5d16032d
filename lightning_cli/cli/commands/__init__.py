"""One module a command, named as it is, imported when the command is named.

A module has a function of its own name, or ``app``, a Typer group, where the command has commands below it.
``names.COMMANDS`` lists them.
"""
