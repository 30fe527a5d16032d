"""One run of ``say``: its options come in, audio goes out to its sinks.

    say_options ──► outputs (sinks), speaking.TextSource ──► text_source ──► speaking.speak ──► pipeline

``taping`` puts ``recording_mode`` or ``replaying`` around a run; ``captions``, ``echo``, ``progress`` and
``json_result`` listen to it; ``metrics`` gathers its figures; ``explain`` shows the requests instead; ``preview`` plays
one voice.
"""
