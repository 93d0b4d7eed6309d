"""``python -m tapeviz``: the same as the ``tapeviz`` command."""

import sys

from tapeviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
