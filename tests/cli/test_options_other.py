"""The options of the other commands are theirs alone: a command that speaks does not pay for them."""

import subprocess
import sys

from lightning_cli.cli import options, options_other


def test_say_does_not_load_them() -> None:
    """Building them takes a hundredth of the start-up."""
    code = (
        "import sys\nfrom lightning_cli.cli.run import main\nmain(['say', '--help'])\n"
        "assert 'lightning_cli.cli.options' in sys.modules\n"
        "assert 'lightning_cli.cli.options_other' not in sys.modules\n"
    )
    subprocess.run((sys.executable, "-c", code), check=True, capture_output=True, timeout=60)


def test_no_flag_is_declared_twice_with_a_variable() -> None:
    """An environment variable stands for one option."""
    variables: dict[str, str] = {}
    for name, alias in (vars(options) | vars(options_other)).items():
        for about in getattr(alias, "__metadata__", ()):
            variable = getattr(about, "envvar", None)
            if variable:
                flag = str(getattr(about, "default", name)).partition("/")[0]
                assert variables.setdefault(variable, flag) == flag, variable
