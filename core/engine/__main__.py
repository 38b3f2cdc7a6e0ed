"""`python -m core.engine NAME FOLDER` writes the compiled form of a network into a folder.

`core.engine.compiled` starts it, in a process of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core import zoo
from core.engine.compiled import EXIT_CODES
from core.engine.conversion import convert
from core.errors import GraftError
from core.zoo.sources import cache_errors


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one network; the exit code says what went wrong."""
    parser = argparse.ArgumentParser(prog="python -m core.engine", description=__doc__)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    options = parser.parse_args(arguments)
    try:
        spec = zoo.network(options.name)
        with cache_errors(f"keep {spec.title} compiled"):
            convert(spec, options.folder)
    except GraftError as err:
        print(str(err).replace("\n", " "), file=sys.stderr)
        return EXIT_CODES.get(type(err), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
