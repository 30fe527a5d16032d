"""Parts of a text that are not for reading, in pieces."""

from lightning_cli.text.markup.blocks import Blocks
from lightning_cli.text.segmenter import HEADING_END


def test_thoughts_are_dropped_as_they_come() -> None:
    """Nothing of them is kept, however long they are, and what follows is spoken."""
    blocks = Blocks(strict=True, read_urls=False, thinking=False)
    assert blocks.feed("So. <think>").strip() == "So."
    for _ in range(100):
        assert not blocks.feed("Hm, let me see.\n\n" * 100).strip()
    assert len(blocks._source.rest) < 20
    assert not blocks.in_text
    said = blocks.feed("</thi") + blocks.feed("nk>Well then.\n")
    assert said.strip() == "Well then."


def test_a_long_script_is_no_text() -> None:
    """A script of a page goes whatever its length; a word in angle brackets that never ends stays."""
    blocks = Blocks(strict=True, read_urls=False, thinking=False)
    script = "var a={b:1};" * 5000
    assert (blocks.feed(f"A<script>{script}</script>B") + blocks.finish()).split() == ["A", "B"]
    blocks = Blocks(strict=True, read_urls=False, thinking=False)
    assert "tags" in blocks.feed("<script> tags are not safe.") + blocks.finish()


def test_the_text_of_a_box_is_no_code() -> None:
    """What a box holds is indented as an item's text is; its name and its title are said, its end is not."""
    blocks = Blocks(strict=False, read_urls=False, thinking=False)
    text = '!!! warning "Hot"\n    Stand back.\n\n    - far\n\n:::{.callout-tip}\nGo.\n:::\n\n# Then {#then}\n'
    said = "".join(map(blocks.feed, text)) + blocks.finish()
    assert " ".join(said.split()) == "Warning: Hot. Stand back. far. Tip. Go. Then."


def test_a_row_of_tildes_underlines_what_is_no_longer_than_it() -> None:
    """A shorter one parts the text."""
    for rule, is_heading in (("~" * 12, True), ("~" * 4, False)):
        blocks = Blocks(strict=True, read_urls=False, thinking=False, headings=True)
        said = blocks.feed(f"A long title\n{rule}\nText.\n") + blocks.finish()
        assert (HEADING_END in said) is is_heading
