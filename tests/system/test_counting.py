"""A number with its noun."""

from lightning_cli.system.counting import counted


def test_one_and_many() -> None:
    """None is many."""
    assert [counted(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert [counted(number, "retry") for number in (1, 2)] == ["1 retry", "2 retries"]
    assert counted(2, "key") == "2 keys"
