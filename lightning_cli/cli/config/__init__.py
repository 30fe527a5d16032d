"""The commands ``config``: show, change and edit the configuration file.

``config_report`` asks every command what holds; ``config_change`` sets or removes one key and keeps the rest of the
text; ``config_edit`` opens an editor and saves what is valid; ``config_template`` writes the first file.
"""
