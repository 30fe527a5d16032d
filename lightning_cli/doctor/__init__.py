"""The checks of ``doctor``: options come in, ``run.examine`` yields one ``Finding`` after another.

``checks`` has the findings and the child processes; ``program`` checks interpreter, packages, directories and settings;
``network`` the way to the service; ``sound`` and ``engine`` the device and the offline engine. Foreseeable failures are
findings, not exceptions. What may hang or crash in foreign code runs in a child process: ``main`` of ``sound`` and
``engine``.
"""
