"""What answers contain when it is not events: ``payload`` in an event, ``body`` as a whole answer.

``wav`` and ``mp3`` take the two formats apart as they arrive.
"""
