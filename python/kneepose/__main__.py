"""Entry point of ``python -m kneepose``."""

import sys

from kneepose.cli import main

if __name__ == "__main__":
    sys.exit(main())
