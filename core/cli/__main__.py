"""`python -m core.cli` is the same as `graft`."""

from __future__ import annotations

import os

from core.cli.commands import app


def main() -> None:
    """Run the command line."""
    # processes started from here must not take a folder named core where one stands for ours
    os.environ["PYTHONSAFEPATH"] = "1"
    app(prog_name="graft")


if __name__ == "__main__":
    main()
