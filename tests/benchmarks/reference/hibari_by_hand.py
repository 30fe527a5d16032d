"""The offline engine without us: import it, call it, write what it gives."""

import sys

import numpy as np
from hibari import Hibari

engine = Hibari()
for audio in engine.stream(sys.argv[1]):
    sys.stdout.buffer.write((np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
    sys.stdout.buffer.flush()
