"""Many texts to many files: manifest -> items -> cached segments -> outputs.

``manifest`` reads rows, ``plan`` makes items of them and names their state by a fingerprint, ``cache`` keeps each
segment's audio under the fingerprint of everything that shapes it, ``source`` asks for what the cache lacks,
``build`` assembles outputs from the cache alone, ``stamps`` remembers what is up to date, ``run`` drives it all.
"""
