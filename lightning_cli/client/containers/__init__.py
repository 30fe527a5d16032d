"""Audio formats in answers: bytes as they arrive come in, PCM goes out.

``payload`` unwraps the audio of events, ``body`` a whole answer; ``wav`` and ``mp3`` read the two formats.
"""
