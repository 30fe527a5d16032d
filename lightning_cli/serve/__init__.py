"""The embedded engine behind the service's protocol on a socket: a stand-in for the service, and a warm voice.

starlette and uvicorn (extra ``local``) are imported in this room only, and only by what is loaded to serve;
``runtime`` and ``settings`` need the standard library alone.
"""
