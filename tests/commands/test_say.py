"""``lightning-tts say`` from the outside: arguments in, bytes, files, messages and exit codes out."""

import os
import signal
import subprocess
import threading
import wave
from pathlib import Path

import pytest
from support.command_line import COMMAND, KEY, environment, keyed, lightning, refusal_of, run_here
from support.fake_server import Exchange, audio_event, ramp, refuses, serving, speaks, speech_events

PCM = ramp(20_000)
CUT_EXIT = 5


def test_raw_pcm_on_a_pipe() -> None:
    """The default on stdout is the service's PCM, byte for byte."""
    with serving(speaks(PCM)) as server:
        done = lightning("say", "Hello there", "-o", "-", "--base-url", server.url, env=keyed())
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == PCM


def test_the_request_is_the_documented_one() -> None:
    """One text makes one POST to the seed route, with the four fields in their order and the Bearer key."""
    with serving(speaks(PCM)) as server:
        lightning("say", "Hello", "there", "-o", "-", "--base-url", server.url, env=keyed())
    (request,) = server.requests
    assert request.head.startswith(b"POST /waves/v1/lightning-v3.1/stream HTTP/1.1\r\n")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    expected = '{"text": "Hello there", "voice_id": "daniel", "sample_rate": 44100, "output_format": "pcm"}'
    assert request.body == expected.encode()


def test_every_request_flag_reaches_the_wire() -> None:
    """Each flag sets its field; the expiry wish travels as a header."""
    flags = (
        *("--voice", "avery", "--model", "lightning_v3.1", "-r", "24000", "--speed", "1.5", "--language", "hi"),
        *("--dict", "d1", "--dict", "d2", "--session-id", "s.1", "--request-id", "r-1", "--number-language", "en"),
        *("--math-notation", "--expire-content", "--field", "emotion=calm", "--field", 'prosody={"pitch": 2.5}'),
    )
    with serving(speaks(PCM)) as server:
        done = lightning("say", "Hello", *flags, "-o", "-", "--base-url", server.url, env=keyed())
    assert done.code == 0, done.stderr
    (request,) = server.requests
    assert request.json == {
        "text": "Hello",
        "voice_id": "avery",
        "sample_rate": 24000,
        "output_format": "pcm",
        "model": "lightning_v3.1",
        "speed": 1.5,
        "language": "hi",
        "number_pronunciation_language": "en",
        "math_notation": True,
        "pronunciation_dicts": ["d1", "d2"],
        "session_id": "s.1",
        "request_id": "r-1",
        "emotion": "calm",
        "prosody": {"pitch": 2.5},
    }
    assert request.headers["x-expire-content"] == "true"


def test_flags_win_over_the_environment() -> None:
    """A flag beats its variable, a variable beats the default."""
    with serving(speaks(PCM)) as server:
        env = keyed(LIGHTNING_TTS_VOICE="liam", LIGHTNING_TTS_SPEED="0.5", LIGHTNING_TTS_BASE_URL=server.url)
        lightning("say", "Hello", "-v", "avery", "-o", "-", env=env)
    assert (server.requests[0].json["voice_id"], server.requests[0].json["speed"]) == ("avery", 0.5)


def test_a_wav_file_holds_every_sample(tmp_path: Path) -> None:
    """A file has a right header and the service's samples."""
    with serving(speaks(PCM)) as server:
        done = lightning("say", "Hello", "-o", str(tmp_path / "a.wav"), "--base-url", server.url, env=keyed())
    assert (done.code, done.stdout) == (0, b"")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getparams()[:4] == (1, 2, 44100, 20_000)
        assert file.readframes(20_000) == PCM
    assert os.listdir(tmp_path) == ["a.wav"]


def test_several_outputs_at_once(tmp_path: Path) -> None:
    """Files and stdout get the same audio in one run."""
    wav, raw = tmp_path / "a.wav", tmp_path / "b.pcm"
    with serving(speaks(PCM)) as server:
        done = lightning("say", "Hi", "-o", str(wav), "-o", str(raw), "-o", "-", "--base-url", server.url, env=keyed())
    assert done.stdout == PCM
    assert raw.read_bytes() == PCM
    assert wav.read_bytes()[44:] == PCM
    assert len(server.requests) == 1


def test_long_text_goes_sentence_by_sentence_over_one_connection(tmp_path: Path) -> None:
    """Sentences become requests in order, numbered, on one connection; joins hold the chosen pause."""
    text = "This is the first sentence. Here comes the second one! Is this already the third one?"
    target = tmp_path / "a.pcm"
    with serving(speaks(PCM)) as server:
        done = lightning(
            *("say", text, "-o", str(target), "--request-id", "job", "--pause-sentence", "100"),
            *("--base-url", server.url),
            env=keyed(),
        )
    assert done.code == 0, done.stderr
    assert [request.json["text"] for request in server.requests] == [
        "This is the first sentence.",
        "Here comes the second one!",
        "Is this already the third one?",
    ]
    assert [request.json["request_id"] for request in server.requests] == ["job-1", "job-2", "job-3"]
    assert server.connections == 1
    pause = bytes(4410 * 2)
    assert target.read_bytes() == PCM + pause + PCM + pause + PCM


def test_whole_sends_one_request() -> None:
    """With --whole the text is not cut."""
    text = "This is the first sentence. Here comes the second one!"
    with serving(speaks(PCM)) as server:
        lightning("say", text, "--whole", "-o", "-", "--base-url", server.url, env=keyed())
    assert [request.json["text"] for request in server.requests] == [text]


def test_a_cut_stream_leaves_no_file(tmp_path: Path) -> None:
    """Without its terminator an answer is incomplete: exit 5, nothing under the final name, an old file intact."""
    target = tmp_path / "a.wav"
    target.write_bytes(b"old")
    for framing in ("chunked", "length", "close"):

        def cut(exchange: Exchange, framing: str = framing) -> None:
            exchange.stream(speech_events(PCM)[:-1], framing)

        with serving(cut) as server:
            done = lightning(
                "say", "Hi", "-o", str(target), "--retries", "1", "--base-url", server.url, env=keyed(), cwd=tmp_path
            )
        assert done.code == CUT_EXIT
        assert done.lines[-2].startswith("error: the answer ended before its terminator")
        assert done.lines[-1].startswith("hint: ")
        assert len(server.requests) == 2
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.wav"]


def test_a_file_recovers_from_a_cut(tmp_path: Path) -> None:
    """A segment cut in the middle is asked for again and the file is as if nothing had happened."""

    def cut(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(audio_event(PCM[:5000]))
        exchange.reset()

    with serving(cut, speaks(PCM)) as server:
        done = lightning("say", "Hi", "-o", str(tmp_path / "a.pcm"), "--base-url", server.url, env=keyed())
    assert done.code == 0, done.stderr
    assert "retrying in" in done.stderr
    assert (tmp_path / "a.pcm").read_bytes() == PCM


def test_a_pipe_cannot_take_bytes_back() -> None:
    """After the first byte has left, a cut ends the run with 5; held segments recover."""

    def cut(exchange: Exchange) -> None:
        exchange.stream(speech_events(PCM)[:3], "close")

    with serving(cut, speaks(PCM)) as server:
        done = lightning("say", "Hi", "-o", "-", "--base-url", server.url, env=keyed())
        assert (done.code, len(server.requests)) == (CUT_EXIT, 1)
    with serving(cut, speaks(PCM)) as server:
        done = lightning("say", "Hi", "-o", "-", "--hold-segments", "--base-url", server.url, env=keyed())
        assert (done.code, done.stdout) == (0, PCM)


def test_the_key_never_shows() -> None:
    """Neither the most talkative run nor a traceback holds the key."""
    with serving(refuses("401 Unauthorized", {"error": "Unauthorized", "message": "no"})) as server:
        done = lightning(
            "say", "Hi", "-o", "-", "--verbose", "--debug", "--base-url", server.url, "--retries", "0", env=keyed()
        )
    assert done.code == 3
    assert "SMALLEST_API_KEY" in done.stderr
    assert KEY not in done.stderr + done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "first"),
    [
        (["say"], 2, "error: no text to speak"),
        (["say", "-zope", "-o", "-"], 2, "error: unknown option '-z"),
        (["say", "Hi", "-o", "missing/a.wav", "--base-url", "http://127.0.0.1:9"], 9, "error: cannot write"),
        (["nonsense"], 2, "error: unknown command 'nonsense'"),
    ],
)
def test_errors_say_what_happened_and_what_to_do(arguments: list[str], code: int, first: str, tmp_path: Path) -> None:
    """A refusal has its exit code, one error line, one hint, and nothing on stdout."""
    done = lightning(*arguments, cwd=tmp_path)
    lines = [line for line in done.lines if not line.startswith("note:")]
    assert (done.code, done.stdout) == (code, b"")
    assert lines[0].startswith(first)
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "code", "first"),
    [
        (["say", " \n "], 2, "error: no text to speak"),
        (["say", "Hi", "-o", "x.xyz"], 2, "error: cannot tell the audio format from 'x.xyz'"),
        (["say", "Hi", "-o", "-", "--format", "m4a"], 2, "error: unknown format 'm4a'"),
        (["say", "Hi", "-s", "2.01", "-o", "-"], 2, "error: speed 2.01 is outside 0.5 to 2.0"),
        (["say", "Hi", "-l", "xx", "-o", "-"], 2, "error: unknown language 'xx'"),
        (["say", "Hi", "-r", "22050", "-o", "-"], 2, "error: sample_rate 22050 is not one of"),
        (["say", "Hi", "--request-id", "a b", "-o", "-"], 2, "error: request_id must be"),
        (["say", "Hi", "--cloud", "-o", "-"], 3, "error: no API key found"),
        (["say", "Hi", "--api-key-file", "missing", "-o", "-"], 3, "error: cannot read the key file missing"),
        (["say", "Hi", "-v", "hart", "-o", "-"], 3, "error: unknown voice 'hart'"),
        (["say", "Hi", "-v", "daniel", "-o", "-"], 3, "error: voice 'daniel' needs the smallest.ai service"),
        (["say", "Hi", "-f", "missing.txt", "-o", "-"], 2, "error: text given both as arguments and with -f"),
        (["say", "-f", "missing.txt", "-o", "-"], 2, "error: cannot read missing.txt"),
        (["say", "Hi", "-o", "-", "--base-url", "ftp://x"], 3, "error: 'ftp://x' is not a valid base URL"),
    ],
)
def test_every_refusal_has_its_code_and_a_hint(
    arguments: list[str], code: int, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is made."""
    monkeypatch.chdir(tmp_path)
    fault = refusal_of(*arguments)
    assert (fault.exit_code, bool(fault.hint)) == (code, True)
    assert f"error: {fault.message}".startswith(first)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("Hi -m tts-1", "unknown model 'tts-1'", "use one of lightning_v3.1, lightning_v3.1_pro"),
        ("Hi --dict nope", "unknown dictionary 'nope'", "lightning-tts dicts list"),
        ("Hi -l zz", "unknown language 'zz'", "use one of ar, auto, bn, "),
        ("Hi -v espeak", "unknown voice 'espeak'", "as in espeak-de"),
        ("Hi -v espeak-german", "unknown voice 'espeak-german'", "did you mean espeak-de?"),
        ("Hi -v espeak-xx", "unknown voice 'espeak-xx'", "as in espeak-de"),
        ("Hi -v Female", "unknown voice 'Female'", "voices --gender female"),
        (
            "Hi --local --transport ws",
            "--transport ws needs the smallest.ai service, but --local is set",
            "drop --local",
        ),
        ("Hi --local --field a=b", "--field needs the smallest.ai service", "drop --local, or drop --field"),
        ("—voice daniel Hi", "'—voice' begins with a typographic dash", "did you mean --voice?"),
        ("–o=x.wav Hi", "'–o=x.wav' begins with a typographic dash", "did you mean -o?"),
        ("—help", "'—help' begins with a typographic dash", "did you mean --help?"),
        ("text.pdf", "'text.pdf' is a PDF, not a text", "pdftotext"),
        ("-f .", "cannot read . (Is a directory)", "lightning-tts batch DIR"),
        ("-f https://example.com/x", "cannot read https://example.com/x", "curl -s https://example.com/x |"),
        ("Hi -o s3://b/a.wav", "cannot write 's3://b/a.wav': it is a URL, not a file", "-o - | curl -T - URL"),
        ("Hi --subtitles hello", "cannot tell the subtitle format from 'hello'", "end it in one of .srt"),
        ("Hi -r 180", "sample_rate 180 is not one of", "the usual one is 44100"),
    ],
)
def test_a_mistake_and_its_hint(
    words: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hint names what was probably meant, or where to look, and nothing else."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.pdf").write_bytes(b"%PDF-1.4\n")
    fault = refusal_of("say", *words.split(), *([] if "-o" in words else ["-o", "x.wav"]))
    assert fault.message.startswith(message)
    assert hint in (fault.hint or "")


def test_what_only_looks_like_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash of a dialogue begins a text, and so does one behind two hyphens."""
    monkeypatch.chdir(tmp_path)
    run_here("say", "--local", "—Hello, he said.", "-o", "a.wav")
    run_here("say", "--local", "-o", "b.wav", "--", "—voice")
    assert len(os.listdir(tmp_path)) == 2


def test_the_note_on_standard_output_comes_behind_mistakes(tmp_path: Path) -> None:
    """Who has to run the command again has no use for it yet."""
    with (tmp_path / "out.wav").open("wb") as out:
        done = subprocess.run(
            (*COMMAND, "say", "Hi", "-v", "?"), stdout=out, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.stderr.startswith("error: unknown voice '?'")


def test_the_key_stays_home() -> None:
    """A key is refused to a plain http address beyond this machine before anything is sent."""
    done = lightning("say", "Hi", "-o", "-", "--base-url", "http://192.0.2.1", env=keyed())
    assert done.code == 3
    assert "unencrypted" in done.lines[0]


def test_a_loop_keeps_its_standard_input() -> None:
    """With text given, stdin is left alone, so that a while-read loop gets all its lines."""
    with serving(speaks(ramp(10))) as server:
        loop = 'while read line; do "$@" say "$line" -o - --base-url "$URL" | wc -c; done'
        done = subprocess.run(
            ("bash", "-c", loop, "bash", *COMMAND),
            input=b"one\ntwo\nthree\n",
            capture_output=True,
            env=keyed(URL=server.url),
            check=True,
            timeout=60,
        )
    assert done.stdout.split() == [b"20"] * 3
    assert [request.json["text"] for request in server.requests] == ["one", "two", "three"]


def test_text_sources(tmp_path: Path) -> None:
    """Files, stdin by name and stdin by default are read; a byte order mark is dropped."""
    (tmp_path / "a.txt").write_bytes("\ufeffFrom a file.".encode())
    with serving(speaks(ramp(10))) as server:
        for arguments, stdin in (
            (["-f", "a.txt"], b""),
            (["-"], b"From a dash."),
            ([], b"From a pipe."),
            (["-f", "-"], b"From f."),
            (["--", "-from", "arguments"], b""),
        ):
            done = lightning(
                "say", "-o", "-", "--base-url", server.url, *arguments, stdin=stdin, env=keyed(), cwd=tmp_path
            )
            assert done.code == 0, done.stderr
    texts = [request.json["text"] for request in server.requests]
    assert texts == ["From a file.", "From a dash.", "From a pipe.", "From f.", "-from arguments"]


def test_bytes_that_are_no_text_are_named() -> None:
    """The offset of the first byte that is not UTF-8 is told."""
    done = lightning("say", "-o", "-", "--base-url", "http://127.0.0.1:9", stdin=b"abc \xff def", env=keyed())
    assert done.code == 2
    assert done.lines[0] == "error: standard input is not UTF-8 at byte 4"


def test_speech_starts_while_the_text_is_still_written() -> None:
    """The first sentence of a pipe is requested before the writer writes the second."""
    asked = threading.Event()

    def first(exchange: Exchange) -> None:
        asked.set()
        exchange.stream(speech_events(ramp(10)))

    with (
        serving(first, speaks(ramp(10))) as server,
        subprocess.Popen(
            (*COMMAND, "say", "-o", "-", "--base-url", server.url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=keyed(),
        ) as process,
    ):
        assert process.stdin is not None
        process.stdin.write(b"Hello there, my dear friend. ")
        process.stdin.flush()
        assert asked.wait(30), "the sentence was not asked for while the writer waited"
        process.communicate(b"And this is the end of it.", timeout=30)
    assert process.returncode == 0
    assert [request.json["text"] for request in server.requests] == [
        "Hello there, my dear friend.",
        "And this is the end of it.",
    ]


def test_a_reader_that_leaves_ends_the_run_quietly() -> None:
    """With stdout closed early the process dies by SIGPIPE and says nothing."""
    script = 'set -o pipefail; "$@" | head -c 100 | wc -c; echo "${PIPESTATUS[0]}"'
    with serving(speaks(ramp(500_000))) as server:
        done = subprocess.run(
            ("bash", "-c", script, "bash", *COMMAND, "say", "Hi", "-o", "-", "--base-url", server.url),
            capture_output=True,
            env=keyed(),
            check=False,
            timeout=60,
        )
    assert done.stdout.split() == [b"100", b"141"]
    assert done.stderr == b""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_the_run_by_that_signal(signum: signal.Signals, tmp_path: Path) -> None:
    """A signal in the middle of an answer leaves no file and kills the process by that signal."""
    half = threading.Event()

    def stalls(exchange: Exchange) -> None:
        exchange.head(extra=("Content-Length: 1000000",))
        exchange.send(audio_event(PCM[:1000]))
        half.set()
        exchange.stall()

    with serving(stalls) as server:
        process = subprocess.Popen(
            (*COMMAND, "say", "Hi", "-o", "a.wav", "--base-url", server.url),
            env=keyed(),
            cwd=tmp_path,
            stderr=subprocess.PIPE,
        )
        assert half.wait(30)
        process.send_signal(signum)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == -signum
    assert stderr == b""
    assert os.listdir(tmp_path) == []


def test_a_terminal_gets_no_audio() -> None:
    """Audio for a terminal is refused before anything is asked for."""
    leader, follower = os.openpty()
    try:
        process = subprocess.run(
            (*COMMAND, "say", "Hi", "-o", "-", "--base-url", "http://127.0.0.1:9"),
            stdout=follower,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment(),
            check=False,
            timeout=60,
        )
    finally:
        os.close(follower)
        os.close(leader)
    assert process.returncode == 2
    assert b"terminal" in process.stderr


def test_ffmpeg_and_sox_take_what_is_piped(tmp_path: Path) -> None:
    """Real tools at the end of a pipe read every sample, raw and as WAV."""
    with serving(speaks(PCM)) as server:
        say = f"{' '.join(COMMAND)} say Hi --base-url {server.url} -o -"
        script = (
            f"{say} | ffmpeg -v error -f s16le -ar 44100 -ac 1 -i - a.flac && "
            f"{say} --format wav | sox -t wav - -t raw b.raw && "
            f"{say} --format wav | ffmpeg -v fatal -i - -f s16le c.raw"
        )
        subprocess.run(("bash", "-o", "pipefail", "-c", script), env=keyed(), cwd=tmp_path, check=True, timeout=60)
        probe = subprocess.run(
            ("ffmpeg", "-v", "error", "-i", "a.flac", "-f", "s16le", "-"), cwd=tmp_path, capture_output=True, check=True
        )
    assert probe.stdout == PCM
    assert (tmp_path / "b.raw").read_bytes() == PCM
    assert (tmp_path / "c.raw").read_bytes() == PCM


def test_an_answer_without_audio_is_no_success(tmp_path: Path) -> None:
    """A complete answer with no sound at all would lose words: exit 5, no file."""
    with serving(speaks(b"")) as server:
        done = lightning("say", "Hi", "-o", "a.wav", "--base-url", server.url, env=keyed(), cwd=tmp_path)
    assert done.code == CUT_EXIT
    assert os.listdir(tmp_path) == []


def test_the_case_of_an_offline_voice_does_not_matter(tmp_path: Path) -> None:
    """Its id is found however it is typed, and a misspelt one is guessed."""
    assert lightning("say", "Hi", "-v", "Heart", "-o", str(tmp_path / "a.wav")).code == 0
    assert "did you mean heart" in lightning("say", "Hi", "-v", "hart", "-o", "x.wav", cwd=tmp_path).stderr


@pytest.mark.parametrize(("typed", "sent"), [("en-US", "en"), ("english", "en"), ("Hindi", "hi"), ("pt_BR", "pt")])
def test_a_language_by_its_name_or_region(typed: str, sent: str) -> None:
    """The request carries the code that the API knows."""
    done = lightning("say", "Hi", "-l", typed, "--curl", env=keyed())
    assert done.code == 0, done.stderr
    assert f'"language": "{sent}"' in done.stdout.decode()


def test_a_model_in_either_spelling() -> None:
    """Paths spell models with dashes, requests with underscores; a model of another protocol is refused."""
    done = lightning("say", "Hi", "-m", "lightning-v3.1-pro", "--curl", env=keyed())
    assert '"model": "lightning_v3.1_pro"' in done.stdout.decode(), done.stderr
    assert '"voice_id": "meher"' in done.stdout.decode()
    refused = lightning("say", "Hi", "-m", "lightning-v4", "--dry-run", env=keyed())
    assert refused.code == 2
    assert "another protocol" in refused.stderr
