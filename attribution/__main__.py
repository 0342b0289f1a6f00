"""The command line, as `python -m attribution`."""

from __future__ import annotations

from attribution.cli.main import main

if __name__ == "__main__":
    main()
