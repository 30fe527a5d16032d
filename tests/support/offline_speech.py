"""What the tests of the offline engine share: one loaded synthesiser, and ways to look at PCM."""

import subprocess
import sys
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lightning_cli.local.synthesiser import Synthesiser

RATE = 24_000
MIXED = "I said नमस्ते to 5 people, at 3:30 pm. 你好!"
AUDIBLE = 300
LINES: tuple[tuple[str, str | None], ...] = (
    ("Plain words, nothing else.", None),
    ("It costs $3.50, or 1,250 dollars for 500 of them.", None),
    ("Call 555-0199 at 9:30am on 10/12/2025.", None),
    ("Write to user@example.com or see https://example.com/a/b?x=1&y=2 today.", None),
    ("Version v3.1 uses HTTP/2 and C++ on Windows 11.", None),
    ("Dr. Smith's café in Zürich sells naïve Nguyễn noodles.", None),
    ("I said नमस्ते दुनिया to you.", None),
    ("नमस्ते दुनिया, आप कैसे हैं?", "hi"),
    ("₹500 का भुगतान 20% छूट के साथ करें।", "hi"),
    ("आज मौसम छान आहे, चला फिरायला जाऊ.", "mr"),
    ("வணக்கம், நீங்கள் எப்படி இருக்கிறீர்கள்?", None),
    ("The Tamil word வணக்கம் means hello, and ಕನ್ನಡ is Kannada.", None),
    ("నమస్కారం and নমস্কার and ਸਤ ਸ੍ਰੀ ਅਕਾਲ together.", None),
    ("你好，世界！今天天气很好。", None),
    ("我的兄弟是英雄，他养熊猫。", "zh"),
    ("A股上涨3.5%，达到€500。", None),
    ("مرحبا بالعالم، كيف حالك اليوم؟", None),
    ("پاکستان میں اردو بولی جاتی ہے", None),
    ("Привет, мир! Сегодня 25 декабря.", None),
    ("Γεια σου, τι κάνεις; Ο καιρός είναι καλός.", None),
    ("안녕하세요, 오늘 날씨가 좋네요.", None),
    ("Say すし and ラーメン in Tokyo.", None),
    ("I love 🍕 and 👍🏽, from 🇮🇳 with ❤️!", None),
    ("Press 1️⃣ for the 👨‍👩‍👧 tent 🏕 now.", None),
    ("नमस्ते 😀 ठीक है", "hi"),
    ("Angle α + β ≤ 90° → done ✓ ™ ½ cup", None),
    ("Hola, ¿cómo estás? Cuesta 5 € y nada más.", "es"),
    ("Tibetan བོད and Thai สวัสดี are spelled out.", None),
    ("𝐁𝐨𝐥𝐝 text, ﬁne ligatures, and １２３ wide digits.", None),
    ("[hello](world) {braces} <tag> under_score #tag", None),
    ("A list: 1,2,3 and a number 12345678901234567890123456789012345678901.", None),
)


@cache
def synthesiser() -> Synthesiser:
    """Return the synthesiser of this test process; loading takes half a second, once."""
    made = Synthesiser()
    made.preload()
    made.close()
    return made


def samples(pcm: bytes) -> NDArray[np.int16]:
    """View s16le bytes as samples."""
    return np.frombuffer(pcm, "<i2")


def spoken(text: str, language: str | None = None, *, voice_id: str | None = "heart", speed: float = 1.0) -> bytes:
    """Speak ``text`` whole, at 24 kHz."""
    with synthesiser().synthesise(text, voice_id=voice_id, language=language, sample_rate=RATE, speed=speed) as speech:
        return b"".join(speech)


def audible(pcm: bytes) -> bool:
    """Return whether something above silence is in there, for at least 20 ms."""
    return int(np.count_nonzero(np.abs(samples(pcm)) > AUDIBLE)) > RATE // 50


def python(source: str, *, env: dict[str, str] | None = None) -> str:
    """Run ``source`` in a new process and return what it wrote; fails with its error output if it failed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", source], capture_output=True, text=True, env=env, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
