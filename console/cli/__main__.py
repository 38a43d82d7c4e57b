"""`python -m console.cli` is the program."""

import sys

from console.cli.main import main

sys.exit(main())
