"""A look at everything speech needs, one check at a time: ``run.examine`` yields what was found.

Checks never raise what can be foreseen: it is their finding. Whatever may hang or crash in foreign code (the sound
system, the offline engine) is tried in a process of its own (``child``).
"""
