"""The embedded offline engine, behind the same protocol as the service.

In comes a request's JSON, to ``local://`` (``adapter``) or from a server of ours; out go blocks of PCM (``speech``) as
events of the service. On the way, in this order:

* ``validation``: what the service would refuse; ``dictionary_store``: words as they are to be said
* ``offline_voices``: which voice; ``scripts``: runs of one language each, a guess where a script has several
* ``english`` with ``english_forms``, ``english_dates``, ``english_money``, ``english_codes`` and ``english_tables``;
  ``native`` with ``native_ordinals``; ``sign_names`` with ``emoji_names``: numbers, units and signs as words;
  ``spoken``: what each engine would leave out
* ``chunks``: pieces an engine computes in one go
* ``neural`` (hibari), with ``phoneme_clock`` where times are asked for; ``espeak``, ``espeak_process``,
  ``espeak_library`` (eSpeak NG in a child)
* ``synthesiser``: piece after piece through ``pcm_blocks`` into the channel of a ``speech``; ``word_times``: what was
  heard when; ``word_timing``: words and their times
"""
