"""`python -m console`: the program `watchdesk` without its script."""

import sys

from console.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
