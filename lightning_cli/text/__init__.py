"""Text in, segments out: what is read is decoded, freed of its markup and cut into sentences.

    bytes ──► encodings ──► html_text, markup ──► segmenter ──► Segment(text, boundary)

``encodings`` finds the encoding of bytes; ``html_text`` and ``markup`` turn notation into speakable text; ``segmenter``
cuts where the voice may pause, as fast as the text arrives: ``boundaries`` says where sentences end, with the words of
``abbreviations``, and ``breath`` where a long one is cut; ``wordlist`` reads pronunciation dictionaries.
"""
