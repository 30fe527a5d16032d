"""Audio as bytes: PCM comes in and goes out changed, without a device or a network.

``pcm`` is the format and whole frames; ``joins`` trims the silence between segments and puts pauses there; ``fades``,
``gain``, ``resample`` and ``stretch`` change the sound; ``g711`` is mu-law and A-law; ``subtitles`` makes cues out of
placed segments, laid out by ``subtitles_layout``.
"""
