"""The README as a package index shows it."""

from pathlib import Path

from tools.pypi_readme import ReadmeHook, standing_alone

TEXT = """# T

![a picture](docs/run.svg)

See [the pages](docs/a/b.md), [below](#more) and [there](https://example.com/x).
"""


def test_what_stands_beside_the_readme_is_named() -> None:
    """Pictures go, links of their own page and of others stay."""
    assert standing_alone(TEXT) == (
        "# T\n\nSee the pages (`b.md`), [below](#more) and [there](https://example.com/x).\n"
    )


def test_the_metadata(tmp_path: Path) -> None:
    """It is the description, as Markdown."""
    (tmp_path / "README.md").write_text(TEXT)
    metadata: dict[str, object] = {}
    ReadmeHook(str(tmp_path), {}).update(metadata)
    assert metadata["readme"] == {"content-type": "text/markdown", "text": standing_alone(TEXT)}
