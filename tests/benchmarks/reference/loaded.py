"""Run our command line in this process and name the modules it has loaded at its end."""

import sys

from lightning_cli.cli.run import main

code = main(sys.argv[1:])
sys.stdout.write(" ".join(sys.modules))
sys.exit(code)
