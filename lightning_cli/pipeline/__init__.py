"""Segments in, audio in the sinks: ``pipeline`` asks for one segment after another and recovers what is cut.

``metrics`` gathers the figures of a run; ``speech_backend`` chooses between the service, a local server and the
embedded engine.
"""
