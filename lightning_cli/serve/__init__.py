"""The embedded engine behind the service's protocol on a socket: a stand-in for the service, and a warm voice.

    a connection ──► run ──► application ──► gate ──► a route ──► engine_pool ──► utterance ──► bytes

``settings``        what ``serve`` is told: where to listen, whom to admit, which faults to rehearse
``run``             the listener, its connections and their clocks, signals, draining
``runtime``         the note that leads other commands here
``application``     the table of routes;  ``gate`` keys, bodies, refusals, which web pages may use it (CORS)
``speech_routes``   event streams and whole answers;  ``openai`` OpenAI's speech API;  ``lists`` voices, dictionaries
``websocket``       a session of messages and frames;  ``contexts`` when text in fragments is spoken
``engine_pool``     worker threads and slots;  ``voice_mapping`` which voice speaks for which
``utterance``       a text's blocks, pitch, encoders, events
``fault_injection`` rehearsed faults

starlette and uvicorn (extra ``local``) are imported in this room only, and only by what is loaded to serve;
``runtime`` and ``settings`` need the standard library alone.
"""
