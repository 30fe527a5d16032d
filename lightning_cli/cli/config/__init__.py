"""The commands ``config``: show, change and edit the configuration file.

    commands ──► config_report ──► rows: key, value, source, place        (show, get)
    key, value ──► config_change ──► tomlkit ──► the same file, one key changed   (set, unset)
    config_template ──► config_edit ──► the user's editor ──► the file, when it is valid   (edit)

``config_report`` asks every command for the values in effect and checks a whole file; ``config_change`` keeps
comments, order and blank lines; ``config_template`` writes the first file from the options' help.
"""
