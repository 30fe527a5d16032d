"""Many texts to many files, or to one book: only what changed is spoken, and only what is missing is made.

    sources ──► manifest ──► plan ──► build ──► outputs        book ──► one file of all texts
                rows         items    │  ▲                      │  ▲
                                      ▼  │                      ▼  │
                                source ──► cache ◄──────────────┘  (what the cache lacks is asked for once)

``manifest``      rows from tables, lists, texts and directories; a row, and what the reading of all adds up to, are in
                  ``rows``. It reads with ``table_reader`` (``columns`` say what a header means, ``sheet_reader`` is a
                  process of its own for spreadsheets), ``epub``, ``cues`` for subtitles, ``cast`` for who speaks what,
                  ``source_encoding`` for bytes; ``unread_formats`` says how to convert the rest
``plan``          items: where each row goes, its request, and a fingerprint of everything that shapes it
``shards``        slices of the items, for several machines
``lock_file``     ``narration.lock``: what each output was made from (``output_index`` spares reading outputs again,
                  ``old_stamps`` reads what versions before have kept, ``orphans`` finds what no row names any more)
``build``         outputs from cached segments; the segments of one text are asked for by all threads
``book``          every item in one file, with subtitles, in ``pieces`` that are kept: only what changed is joined,
                  measured (``loudness``) and encoded (``codings``, ``ogg_opus``) again; ``chapters`` and ``finishing``
                  make it one that can be published, with ``ffmpeg``; ``clock`` narrates subtitles to their times
``source``        segments from the cache, and from the service what it lacks
``cache``         one file of audio for each fingerprint
``pace``          when to stop, how many requests at a time, what may be spent
``run``           the threads, the sums and the report
``output_paths``  where outputs may be written, and what killed runs have left there
``file_locks``    one holder at a time, between threads and processes
"""
