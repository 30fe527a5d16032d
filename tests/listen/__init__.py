"""What a speech recogniser hears of the offline voices: ``make listen`` prints the table; no part of ``make test``.

``recogniser`` holds Whisper, whose weights come inside packages (shared notes: no download but from the package
index); ``texts`` what is read; ``__main__`` speaks, transcribes and counts.
"""

import sys
from pathlib import Path

# The helpers of the tests stand beside this package.
sys.path.insert(0, str(Path(__file__).parents[1]))
