"""Entry of the program, as a command and as ``python -m lightning_cli``."""

import sys

from lightning_cli.cli.run import main


def run() -> None:
    """Run the command line and exit."""
    sys.exit(main())


if __name__ == "__main__":
    run()
