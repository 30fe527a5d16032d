"""eSpeak NG in its process: its languages measured again, its traps, and what a text that kills it costs."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

import espeakng_loader
import pytest
from support.offline_samples import SAMPLES, SCRIPT_SAMPLES
from support.offline_speech import audible, python, samples

from lightning_cli.errors import EngineError
from lightning_cli.local import espeak, scripts
from lightning_cli.local.espeak import EngineCrash, Espeak, shared
from lightning_cli.local.espeak_library import EspeakFiles, locate
from lightning_cli.local.espeak_process import MEMORY_LIMIT_BYTES
from lightning_cli.local.offline_voices import ESPEAK_LANGUAGES, SCRIPT_LANGUAGES, UNSUPPORTED_OFFLINE
from lightning_cli.local.spoken import _HAN_SUBSTITUTES
from lightning_cli.request import LANGUAGES
from lightning_cli.system.install import install_command

# Elisions, a stretching mark and the okina: alone they stand for no sound.
MUTE = {"\u093d", "\u0abd", "\u0640", "\u02bb"}


def located() -> EspeakFiles:
    """Return the library that is installed."""
    files = locate()
    assert files is not None
    return files


def speak(text: str, language: str, speed: float = 1.0, engine: Espeak | None = None) -> bytes:
    """Speak whole."""
    pcm: list[bytes] = []

    def keep(piece: bytes) -> bool:
        pcm.append(piece)
        return True

    (engine or shared()).speak(text, language, speed, keep)
    return b"".join(pcm)


def reads_itself(text: str, language: str) -> bool:
    """Return whether the language reads the text without spelling anything in English, at the pace of speech."""
    phonemes = shared().phonemes(text, language)
    pcm = speak(text, language)
    seconds_per_sign = len(pcm) / 2 / shared().sample_rate / len(text)
    own = language == "en" or "(en)" not in phonemes
    return own and bool(phonemes.strip()) and audible(pcm) and 0.03 < seconds_per_sign < 0.3


def test_every_language_of_the_api_is_either_spoken_or_refused_with_a_reason() -> None:
    """The table of languages leaves none out."""
    assert set(ESPEAK_LANGUAGES) | set(UNSUPPORTED_OFFLINE) == set(LANGUAGES) - {"auto"}
    assert not set(ESPEAK_LANGUAGES) & set(UNSUPPORTED_OFFLINE)
    assert all(UNSUPPORTED_OFFLINE.values())


@pytest.mark.parametrize("language", ESPEAK_LANGUAGES)
def test_a_supported_language_reads_its_own_text(language: str) -> None:
    """Measured again: no letter spelled in English, at the pace of speech."""
    assert reads_itself(SAMPLES[language], language)


@pytest.mark.parametrize("language", sorted(UNSUPPORTED_OFFLINE))
def test_a_refused_language_still_fails_the_same_measure(language: str) -> None:
    """Once eSpeak NG learns to read it, this says that the refusal can go."""
    assert not reads_itself(SAMPLES[language], language)


@pytest.mark.parametrize("language", SCRIPT_LANGUAGES)
def test_a_language_chosen_by_script_reads_its_own_text(language: str) -> None:
    """The languages beside the API's pass the same measure."""
    assert reads_itself(SCRIPT_SAMPLES[language], language)


def test_every_letter_of_a_routed_script_has_a_sound() -> None:
    """A letter the table of ranges promises is never silent alone in its voice."""
    voices = {"Latin": "en", "Cyrillic": "ru", "Arabic": "ur", "Devanagari": "hi"} | scripts_languages()
    silent = [
        f"{script} U+{point:04X}"
        for first, last, script in scripts._RANGES
        if script not in {"Han", "Hangul"}
        for point in range(first, last + 1)
        if unicodedata.category(chr(point))[0] in "LN"
        and chr(point) not in MUTE
        and not shared().phonemes(scripts.classify(chr(point))[1], voices[script]).strip()
    ]
    assert silent == []


def scripts_languages() -> dict[str, str]:
    """Return the languages of the scripts that have one."""
    from lightning_cli.local.scripts import _LANGUAGES

    return dict(_LANGUAGES)


def test_common_chinese_characters_are_read_in_mandarin() -> None:
    """A slice of the common characters, and every substituted one, need no English spelling."""
    common = [bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7, 3) for low in range(0xA1, 0xF0, 3)]
    unread = [sign for sign in common if "(en)" in shared().phonemes(_HAN_SUBSTITUTES.get(sign, sign), "zh")]
    assert unread == []
    assert [sign for sign, said in _HAN_SUBSTITUTES.items() if "(en)" in shared().phonemes(said, "zh")] == []
    assert "(en)" in shared().phonemes("雄", "zh"), "the substitutes are no longer needed"


@pytest.mark.parametrize("language", ["en", "hi", "ta", "zh"])
def test_its_own_rate_is_near_and_needs_a_correction(language: str) -> None:
    """Within a fifth of the speed asked for; the synthesiser makes up for the rest."""
    normal = len(speak(SAMPLES[language], language))
    for speed in (0.5, 0.75, 1.5, 2.0):
        assert len(speak(SAMPLES[language], language, speed)) * speed == pytest.approx(normal, rel=0.2)


def test_equal_text_gives_equal_bytes_whatever_was_said_before() -> None:
    """The library's hidden state does not reach the audio."""
    first = speak("Hello there, how are you?", "en")
    speak("नमस्ते", "hi", 1.5)
    assert speak("Hello there, how are you?", "en") == first


def test_threads_share_the_library_without_mixing() -> None:
    """Four threads at once hear what one hears alone."""
    texts = [("Hello there, how are you?", "en"), (SAMPLES["hi"], "hi"), (SAMPLES["ru"], "ru"), (SAMPLES["zh"], "zh")]
    alone = [speak(*pair) for pair in texts]
    heard: dict[int, list[bytes]] = {index: [] for index in range(len(texts))}

    def work(index: int) -> None:
        heard[index] = [speak(*texts[index]) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert heard == {index: [alone[index]] * 5 for index in range(len(texts))}


def test_speaking_stops_when_the_listener_refuses_and_the_next_call_is_whole() -> None:
    """A refusal ends the synthesis at once; nothing of it remains."""
    whole = speak("One two three.", "en")
    taken: list[bytes] = []

    def two_pieces(piece: bytes) -> bool:
        taken.append(piece)
        return len(taken) < 2

    shared().speak("word " * 1000, "en", 1.0, two_pieces)
    assert len(taken) == 2
    assert speak("One two three.", "en") == whole


def test_an_exception_of_the_listener_comes_back() -> None:
    """It cannot cross C, so it is raised behind it, and the library stays usable."""

    def fail(_piece: bytes) -> bool:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        shared().speak("Hello.", "en", 1.0, fail)
    assert speak("Hello.", "en")


def test_a_voice_that_is_not_there_is_an_engine_error() -> None:
    """A language eSpeak NG lacks is named."""
    with pytest.raises(EngineError, match="xx-none"):
        speak("Hello.", "xx-none")


LONG_PATH = """
import os, sys
from lightning_cli.local.espeak import Espeak
from lightning_cli.local.espeak_library import EspeakFiles
if {refuse}:
    def symlink(*_, **__): raise OSError("refused")
    os.symlink = symlink
engine = Espeak(EspeakFiles({library!r}, {data!r}))
pcm = []
engine.speak("Hello.", "en", 1.0, lambda piece: pcm.append(piece) is None)
assert sum(map(len, pcm)) > 8000, len(pcm)
print(os.listdir(os.environ["TMPDIR"]), os.path.islink(os.fsdecode(engine.data)), os.fsdecode(engine.data))
"""


@pytest.mark.parametrize("refuse", [False, True])
def test_a_long_data_path_is_linked_or_copied_and_cleaned_up(tmp_path: Path, refuse: bool) -> None:  # noqa: FBT001 # a parameter of the test
    """A path of 160 characters and more works, through a link or a copy that goes with the process."""
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    shutil.copytree(espeakng_loader.get_data_path(), deep / "espeak-ng-data")
    scratch = tmp_path / "t"
    scratch.mkdir()
    # The temporary directory itself must not make the path long again.
    short = Path("/tmp") / f"lightning-{os.getpid()}-{refuse}"  # noqa: S108 # a short path is the point
    short.symlink_to(scratch)
    try:
        source = LONG_PATH.format(
            refuse=refuse, library=espeakng_loader.get_library_path(), data=str(deep / "espeak-ng-data")
        )
        said = python(source, env={**os.environ, "TMPDIR": str(short), "PYTHONPATH": os.pathsep.join(sys.path)})
    finally:
        short.unlink()
    assert "lightning-espeak-" in said
    assert (" True " in said) is not refuse
    assert list(scratch.iterdir()) == []


def test_the_library_cannot_use_a_long_path_itself(tmp_path: Path) -> None:
    """The trap exists: this is why the link is made."""
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    shutil.copytree(espeakng_loader.get_data_path(), deep / "espeak-ng-data")
    source = f"""
import ctypes
library = ctypes.CDLL({espeakng_loader.get_library_path()!r})
library.espeak_Initialize(2, 60, ctypes.c_char_p({os.fsencode(deep / "espeak-ng-data")!r}), 1 << 15)
print(library.espeak_SetVoiceByName(b"en-us"))
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() != "0"


def test_the_systems_library_is_used_where_the_wheel_is_missing(tmp_path: Path) -> None:
    """Found by its soname, with the data it knows itself."""
    shutil.copy(espeakng_loader.get_library_path(), tmp_path / "libespeak-ng.so.1")
    env = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path), "ESPEAK_DATA_PATH": espeakng_loader.get_data_path()}
    source = """
import sys
sys.modules["espeakng_loader"] = None
from lightning_cli.local.espeak import shared
from lightning_cli.local.espeak_library import locate
heard = []
for _ in range(2):
    pcm = []
    shared().speak("Hello there.", "en", 1.0, lambda piece: pcm.append(piece) is None)
    heard.append(b"".join(pcm))
assert heard[0] == heard[1] and len(heard[0]) > 8000
print(locate())
"""
    said = python(source, env={**env, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert "libespeak-ng.so.1" in said
    assert "data=None" in said


def test_a_text_that_kills_the_library_costs_one_request() -> None:
    """It is named, refused at once the next time, and the next text sounds as ever."""
    before = speak("Hello there.", "en")
    engine = Espeak(located())
    with contextlib.closing(engine):
        with pytest.raises(EngineCrash, match=r"^eSpeak NG crashes on '\(-a'$"):
            engine.speak("(-a", "vi", 1.0, lambda _: True)
        process = engine._process
        with pytest.raises(EngineCrash, match="crashes on"):
            engine.speak("(-a", "vi", 1.0, lambda _: True)
        assert speak("Hello there.", "en", engine=engine) == before
        assert engine._process is process, "the process that was started behind the crash answers"


def test_a_process_that_ends_between_two_texts_is_started_again() -> None:
    """The text behind it is not blamed."""
    with contextlib.closing(Espeak(located())) as engine:
        assert engine.phonemes("Hello", "en")
        assert engine._process is not None
        engine._process._popen.kill()
        engine._process._popen.wait()
        assert engine.phonemes("Hello", "en")
        assert not engine._crashes


def test_a_library_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that gets no answer in time is refused, and the next one is spoken."""
    with contextlib.closing(Espeak(located())) as engine:
        assert engine.sample_rate == 22_050
        assert engine._process is not None
        os.kill(engine._process._popen.pid, signal.SIGSTOP)
        monkeypatch.setattr(espeak, "_ANSWER_TIMEOUT_S", 0.01)
        with pytest.raises(EngineCrash):
            engine.speak("Hello.", "en", 1.0, lambda _: True)
        monkeypatch.undo()
        assert engine.phonemes("Hello", "en")


def test_the_process_has_a_limit_of_memory_and_no_secrets() -> None:
    """What a text could make of it is bounded, and it is told neither key nor token."""
    os.environ["SMALLEST_API_KEY"] = "not for others"
    try:
        with contextlib.closing(Espeak(located())) as engine:
            assert engine.sample_rate
            assert engine._process is not None
            home = Path("/proc", str(engine._process._popen.pid))
            assert b"SMALLEST" not in (home / "environ").read_bytes()
            limits = (home / "limits").read_text()
    finally:
        del os.environ["SMALLEST_API_KEY"]
    assert re.search(rf"Max address space\s+{MEMORY_LIMIT_BYTES} ", limits)
    assert re.search(r"Max core file size\s+0 ", limits)


def test_a_fork_does_not_share_the_process() -> None:
    """Parent and child speak at once, each with a process of its own."""
    source = """
import os
from lightning_cli.local.espeak import shared
told = shared().phonemes("hello", "en")
pid = os.fork()
if not pid:
    os._exit(0 if all(shared().phonemes("hello", "en") == told for _ in range(20)) else 1)
assert all(shared().phonemes("hello", "en") == told for _ in range(20))
print(os.waitpid(pid, 0)[1])
"""
    assert python(source).strip() == "0"


def test_it_fails_or_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both say what to do."""
    hint = "try again in a new process; where that fails too, reinstall eSpeak NG"
    with contextlib.closing(Espeak(located())) as engine:
        assert engine._process is not None
        told_next = iter([22_050, 2])
        monkeypatch.setattr(engine._process, "status", lambda _: next(told_next))
        with pytest.raises(EngineError, match=r"^eSpeak NG failed with status 2$") as told:
            engine.speak("Hello.", "en", 1.0, lambda _: True)
        assert told.value.hint == hint
        monkeypatch.setattr(espeak, "_LOCK_TIMEOUT_S", 0.01)
        with engine._lock, pytest.raises(EngineError, match=r"has been busy for 0.01 s") as told:
            engine.phonemes("Hello.", "en")
        assert told.value.hint == hint


def test_no_library_at_all_is_an_error_that_says_what_to_install() -> None:
    """Both ways to get it are named."""
    source = """
from lightning_cli.local import espeak
from lightning_cli.errors import EngineError
espeak.locate = lambda: None
try:
    espeak.shared()
except EngineError as fault:
    print(fault.message, "|", fault.hint)
"""
    said = python(source)
    assert install_command("espeak") in said
    assert "apt install libespeak-ng1" in said


def test_a_library_that_is_none_is_an_engine_error(tmp_path: Path) -> None:
    """A file of another kind is refused with its name."""
    broken = tmp_path / "libbroken.so"
    broken.write_bytes(b"no library")
    source = f"""
from lightning_cli.local.espeak import Espeak
from lightning_cli.local.espeak_library import EspeakFiles
from lightning_cli.errors import EngineError
try:
    print(Espeak(EspeakFiles({str(broken)!r}, None)).sample_rate)
except EngineError as fault:
    print(fault.message)
"""
    assert "libbroken.so" in python(source)


def test_silence_is_never_delivered_for_the_samples() -> None:
    """The samples of every language hold sound, not only frames."""
    loud = {language: int(abs(samples(speak(text, language))).max()) for language, text in SAMPLES.items()}
    assert min(loud.values()) > 10_000


def test_espeak_without_its_data(tmp_path: Path) -> None:
    """The directory is named, and how to install it anew."""
    nowhere = str(tmp_path / "nowhere")
    source = f"""
from lightning_cli.local.espeak import Espeak
from lightning_cli.local.espeak_library import EspeakFiles
from lightning_cli.errors import EngineError
try:
    print(Espeak(EspeakFiles({espeakng_loader.get_library_path()!r}, {nowhere!r})).sample_rate)
except EngineError as fault:
    print(fault.message, "|", fault.hint)
"""
    said = python(source)
    assert said.startswith(f"eSpeak NG cannot use its data in {nowhere} | {install_command('espeak')}")
