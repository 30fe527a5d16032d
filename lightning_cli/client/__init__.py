"""The client of the speech service: requests come in, streams of PCM go out.

``service.SpeechClient`` ties it together: ``routes`` chooses the path, ``slots`` waits for the account, ``session`` and
``preconnect/`` hold the HTTP connection, ``websocket/`` the WebSocket. ``stream``, ``sse`` and ``decode`` read event
streams, ``sync`` whole bodies, ``answer_formats`` other formats. ``guard`` has the clocks, ``retry`` the policy,
``faults`` maps errors, ``notices`` finds warnings; ``settings`` is the configuration, ``probe`` a single request for
``doctor``.
"""
