"""The offline engine alone: for each voice on standard input, the milliseconds until its first block of a sentence."""

import sys
import time

from lightning_cli.local import espeak
from lightning_cli.local.synthesiser import Synthesiser

text = sys.argv[1]
synthesiser = Synthesiser()
for line in sys.stdin:
    # Loaded, as a server has it.
    espeak.shared().speak("", "en", 1.0, lambda _: True)
    began = time.perf_counter()
    speech = synthesiser.synthesise(text, voice_id=line.strip())
    speech.take()
    sys.stdout.write(f"{(time.perf_counter() - began) * 1e3}\n")
    sys.stdout.flush()
    speech.close()
