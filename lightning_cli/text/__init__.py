"""Text in, segments out: what is read is decoded, freed of its markup and cut into sentences.

    bytes ──► encodings ──► html_text, markup ──► segmenter ──► Segment(text, boundary)

``encodings`` finds the encoding of bytes; ``html_text`` and ``markup`` turn notation into speakable text; ``segmenter``
cuts where the voice may pause, as fast as the text arrives; ``wordlist`` reads pronunciation dictionaries.
"""
