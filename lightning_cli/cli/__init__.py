"""The command line: arguments in, exit code out.

    __main__ ──► run (signals, faults, exit codes) ──► app (the root) ──► commands/NAME, loaded when it is named

``options`` declares every option once; ``option_groups`` puts those that commands share into records;
``service_options`` turns a command's record into its parameters and hands it a ``Service``; ``settings_context`` and
``configured`` supply options that neither a flag nor a variable sets; ``backend`` chooses the service or the engine;
``help`` sorts options by section; ``names`` lists the commands. ``say/``, ``batch/``, ``config/`` and ``completion/``
are the commands that need several modules, ``terminal/`` what is written and typed.
"""
