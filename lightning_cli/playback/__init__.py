"""Sound: what was synthesized comes in as PCM, and goes out of the machine in time.

    sink ─► deck ─► history (the tape) ─► pump ─► player ─► ring ─► output ─► device
            keys and other controls                jitter_buffer   pulse_output
                                                                   portaudio_output

``player``: one device, from ``open`` to ``drain``; a sink without controls writes to it directly.
``ring``: the bytes between the thread that writes and the one that plays. ``feed``: the ring, when it may be read, and
the counts. ``jitter_buffer``: how much is gathered before sound begins or resumes.
``output``: what both outputs promise. ``pulse_output`` speaks to PulseAudio and PipeWire by ``pulse_server``
and ``libpulse``; ``portaudio_output`` reaches the rest by ``portaudio``. ``devices``: which device is meant.
``deck``: a player with a memory. ``history``: the last minutes and the sentences in them. ``pump``: the thread that
moves audio from the history to the player, and back when a listener jumps, or wants it louder or faster.
``turn``: who may play, of all processes of a user. ``remote_control``: other processes command the deck of this one.
"""
