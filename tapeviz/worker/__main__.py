"""``python -m tapeviz.worker TOKEN``: started by the client, with its pipes as standard streams."""

import sys

from tapeviz.worker.process import main

if __name__ == "__main__":
    main(sys.argv[1])
