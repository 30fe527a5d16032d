"""The catalogue of voices and the command that lists it, against a scripted service on a real socket."""

import pytest
from support.command_line import KEY, refusal_of, run_here
from support.fake_server import refuses, serving
from support.list_commands import (
    AVERY,
    AVERY_ROW,
    DEVANSH_ROW,
    MEHER_ROW,
    VoiceService,
    answers,
    both_pools,
    cache_files,
    run,
)

from lightning_cli.catalogue.voices import bundled_voices
from lightning_cli.request import MODELS


def test_live_list_is_asked_once_and_then_cached() -> None:
    """The service is asked for each pool with the key; the second run asks nothing and prints the same."""
    key = {"SMALLEST_API_KEY": KEY}
    with serving(both_pools()) as server:
        first = run("voices", "--base-url", server.url, **key)
        assert [(one.method, one.path) for one in server.requests] == [
            ("GET", "/waves/v1/lightning-v3.1/get_voices"),
            ("GET", "/waves/v1/lightning-v3.1-pro/get_voices"),
        ]
        assert server.connections == 1
        assert {one.headers["authorization"] for one in server.requests} == {f"Bearer {KEY}"}
        second = run("voices", "--base-url", server.url + "/", **key)
        listed = run("voices", "--base-url", server.url, "--json", "devansh", **key)
        assert len(server.requests) == 2
    assert (first.code, first.rows, first.err) == (0, [AVERY_ROW, DEVANSH_ROW, MEHER_ROW], "")
    assert (second.code, second.out, second.err) == (0, first.out, "")
    assert listed.json == [
        {
            "id": "devansh",
            "name": "Devansh",
            "model": "lightning_v3.1",
            "languages": ["en", "hi"],
            "gender": "male",
            "accents": ["indian"],
            "age": "senior",
            "use_cases": [],
            "description": None,
            "preview_url": None,
            "source": "cached",
            "confidence": None,
            "word_timestamps": True,
            "needs_key": True,
        }
    ]


def test_refresh_asks_again_and_fails_when_nobody_answers() -> None:
    """A fresh cache is passed over; without an answer there is an error and no list."""
    with serving(both_pools()) as server:
        run("voices", "--base-url", server.url)
        again = run("voices", "--base-url", server.url, "--refresh", "--json")
        assert len(server.requests) == 4
        address = server.url
    assert {one["source"] for one in again.json} == {"live"}
    down = run("voices", "--base-url", address, "--refresh")
    assert (down.code, down.out) == (5, "")
    assert down.err.startswith("error: cannot connect")


@pytest.mark.parametrize("answer", [{"error": "busy"}, "no voices", {"voices": "none"}])
def test_bundled_list_stands_in_without_a_cache(answer: object) -> None:
    """A failing or senseless service leaves the bundled voices, with the reason on stderr."""
    failing = refuses("503 Service Unavailable", answer)
    responder = (
        failing if isinstance(answer, dict) and "error" in answer else lambda exchange: answers(exchange, answer)
    )
    with serving(responder) as server:
        done = run("voices", "--base-url", server.url)
        # One failure is enough; the other pool is not asked.
        assert len(server.requests) == 1
    assert done.code == 0
    assert len(done.rows) == len(bundled_voices())
    assert "the service" in done.err.splitlines()[0]
    assert "bundled" in done.err
    assert not cache_files()


def test_a_refused_key_is_an_error() -> None:
    """A 401 is never papered over by another list."""
    with serving(refuses("401 Unauthorized", {"error": "Unauthorized"})) as server:
        done = run("voices", "--base-url", server.url, SMALLEST_API_KEY=KEY)
    assert (done.code, done.out) == (3, "")
    assert "401" in done.err
    assert KEY not in done.err


def test_bundled_and_offline_voices_without_a_key() -> None:
    """No request is sent; the offline voices come first, since they work, then the bundled ones."""
    done = run("voices", "--json")
    assert done.code == 0
    assert "no API key: showing the bundled list of" in done.err
    sources = [one["source"] for one in done.json]
    offline = run("voices", "--offline", "--json").json
    assert done.json[: len(offline)] == offline
    assert sources[len(offline) :] == ["bundled"] * len(bundled_voices())
    assert [one["needs_key"] for one in done.json] == [source == "bundled" for source in sources]
    assert {one["source"] for one in offline} <= {"offline"}
    assert all(one["id"] == "heart" or one["id"].startswith("espeak-") for one in offline)


def test_refresh_needs_a_service() -> None:
    """Without a key there is no service to refresh from; with --offline none is meant."""
    assert run("voices", "--refresh").code == 3
    assert run("voices", "--refresh", "--offline").code == 2


@pytest.mark.parametrize("spelling", ["lightning_v3.1_pro", "lightning-v3.1-pro", "Lightning-V3.1-Pro"])
def test_either_spelling_of_a_model(spelling: str) -> None:
    """Underscore and hyphen name the same pool, the only one that is asked."""
    with serving(both_pools()) as server:
        done = run("voices", "--base-url", server.url, "-m", spelling)
        assert [one.path for one in server.requests] == ["/waves/v1/lightning-v3.1-pro/get_voices"]
    assert done.rows == [MEHER_ROW]


def test_a_model_nobody_knows() -> None:
    """The service is asked for a model we do not know, as a path that stays one; without a service it is refused."""
    with serving(both_pools()) as server:
        there = run("voices", "--base-url", server.url, "--model", "../v9 x")
        assert [one.path for one in server.requests] == ["/waves/v1/..%2Fv9%20x/get_voices"]
    assert (there.code, there.out) == (4, "")
    here = run("voices", "--model", "lightning-v3.1-prp")
    assert (here.code, here.out) == (2, "")
    assert "hint: did you mean lightning_v3.1_pro" in here.err


def test_a_missing_pool_is_remembered() -> None:
    """A service with one pool only has no other voices, and that is not a failure."""
    with serving(VoiceService({"lightning-v3.1": {"voices": [AVERY]}})) as server:
        for _ in range(2):
            done = run("voices", "--base-url", server.url)
            assert (done.code, done.rows, done.err) == (0, [AVERY_ROW], "")
        assert len(server.requests) == 2


def test_all_voices_at_once_where_there_are_no_pools() -> None:
    """get-all-models is asked last; what it leaves out is taken from the bundled voice of that id."""
    everything = {
        "voices": [
            {
                "_id": "1",
                "voiceId": "meher",
                "displayName": "Meher",
                "description": "Warm and near",
                "audioPreview": "https://example.org/meher.wav",
                "tags": {"age": "young", "emotions": [], "language": ["hindi"]},
            },
            {"_id": "2", "voiceId": "voice_dLP5T67Qw7", "displayName": "Mine", "tags": {}},
        ]
    }
    with serving(VoiceService({}, everything)) as server:
        done = run("voices", "--base-url", server.url, "--json")
        assert [one.path.rpartition("/")[2] for one in server.requests] == [
            "get_voices",
            "get_voices",
            "get-all-models",
        ]
        found = run("voices", "--base-url", server.url, "--model", "lightning-v3.1-pro", "WARM")
        assert len(server.requests) == 3
    assert [one["id"] for one in done.json] == ["meher", "voice_dLP5T67Qw7"]
    assert done.json[0]["description"] == "Warm and near"
    assert done.json[0]["preview_url"] == "https://example.org/meher.wav"
    assert [done.json[0][key] for key in ("model", "gender", "age", "languages")] == [
        MODELS[1],
        "female",
        "young",
        ["hi"],
    ]
    assert done.json[1]["model"] is None
    assert [row[0] for row in found.rows] == ["meher"]


def test_no_pools_and_no_list_leaves_the_bundled_one() -> None:
    """A base URL that knows none of the routes is told as such."""
    with serving(VoiceService({})) as server:
        done = run("voices", "--base-url", server.url, "--model", MODELS[0])
        refreshed = run("voices", "--base-url", server.url, "--refresh")
    assert done.code == 0
    assert "404" in done.err
    assert {row[1] for row in done.rows} == {MODELS[0]}
    assert refreshed.code == 4


def test_a_list_is_no_search() -> None:
    """What would find Alistair is probably meant otherwise."""
    fault = refusal_of("voices", "list")
    assert fault.message == "'list' is taken for a word to search for"
    assert fault.hint == "lightning-tts voices lists all of them; --search list searches for it"


def test_unknown_values_and_no_match() -> None:
    """A language or gender that no voice has is a usage error with suggestions; finding nothing is not."""
    with serving(both_pools()) as server:
        # What one speaks with by default is not a filter.
        env = {"LIGHTNING_TTS_BASE_URL": server.url, "LIGHTNING_TTS_LANGUAGE": "ta"}
        language = run("voices", "-l", "hindu", **env)
        gender = run("voices", "--gender", "femal", **env)
        nothing = run("voices", "--language", "hindi", "--accent", "klingon", **env)
        empty = run("voices", "avery", "--search", "hindi", "--json", "--quiet", **env)
        some = run("voices", "--gender", "FEMALE", **env)
    assert (language.code, language.out) == (2, "")
    assert language.err == "error: no voice has the language 'hindu'\nhint: did you mean hindi?\n"
    assert (gender.code, "did you mean female" in gender.err) == (2, True)
    assert (nothing.code, nothing.out) == (0, "")
    assert nothing.err == "note: no voice matches; accents here: american, indian\n"
    assert (empty.code, empty.out, empty.err) == (0, "[]\n", "")
    assert some.rows == [AVERY_ROW, MEHER_ROW]


@pytest.mark.parametrize(("flag", "named"), [("--age", "ages here: "), ("--use-case", "uses here: ")])
def test_filters_that_leave_nothing(flag: str, named: str, capsys: pytest.CaptureFixture[str]) -> None:
    """List what there would be."""
    run_here("voices", flag, "nobody")
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err
