"""Links as another user plants them."""

import os
from pathlib import Path

import pytest

OTHER = 65534


def planted(directory: Path, name: str, target: Path) -> Path:
    """Put a link of another user into a directory where everyone may write."""
    if os.geteuid():
        pytest.skip("only root can make another user's link")
    directory.mkdir(exist_ok=True)
    directory.chmod(0o1777)
    link = directory / name
    link.symlink_to(target)
    os.lchown(link, OTHER, OTHER)
    return link
