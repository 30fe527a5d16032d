"""The embedded engine behind the service's protocol on a socket: a stand-in for the service, and a warm voice.

    a connection ──► connections, origins ──► application ──► gate ──► a route ──► engine_pool ──► utterance ──► bytes

``settings``        what ``serve`` is told: where to listen, whom to admit, which faults to rehearse
``run``             the listener, signals, draining;  ``runtime`` the note that leads other commands here
``connections``     clocks and a limit of connections;  ``origins`` which web pages may use it (CORS)
``application``     the table of routes;  ``gate`` keys, bodies, refusals
``speech_routes``   event streams and whole answers;  ``openai`` OpenAI's speech API;  ``lists`` voices, dictionaries
``websocket``       a session of messages;  ``contexts`` when text in fragments is spoken;  ``turns`` its frames
``engine_pool``     worker threads and slots;  ``voice_mapping`` which voice speaks for which
``utterance``       a text's blocks, pitch and encoders;  ``wire`` events and JSON;  ``word_timing`` the times of words
``fault_injection`` rehearsed faults

starlette and uvicorn (extra ``local``) are imported in this room only, and only by what is loaded to serve;
``runtime`` and ``settings`` need the standard library alone.
"""
