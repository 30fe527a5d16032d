"""Exit codes as the help tells them."""

import re

from tools.surface import walk

WALKED = list(walk())


def test_exit_codes_are_the_command_s() -> None:
    """A page has the codes that its command can end with: those of a batch stand with batch, all with the program."""
    pages = {path: ctx.get_help() for path, _, ctx in WALKED}
    assert [path for path, page in pages.items() if "--budget" in page.partition("Exit codes")[2]] == [(), ("batch",)]
    assert {
        int(code) for code in re.findall(r"[:;] (\d+) ", " ".join(pages[()].partition("Exit codes")[2].split()))
    } >= {
        2,
        10,
    }
