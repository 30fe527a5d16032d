"""The pipeline: segments come in, audio goes to the sinks.

``pipeline`` requests one segment after another and retries what is cut; ``speech_backend`` chooses between the service,
a local server and the embedded engine.
"""
