"""Which folder on the way to a file names its class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.media.normal_text import normal_text

_PARTS_OF_A_SPLIT = re.compile(
    r"(train(ing)?|test(ing)?|val(id(ation)?)?|dev|eval|(fold|split|part|batch)[\W_]*\d+)"
    r"([\W_]*(set|data|images|photos))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """How the folders of an archive were read.

    Attributes
    ----------
    level : int >= 0
        Which folder of a path names the class, 0 the outermost.
    levels : mapping of int to tuple of str
        The folders at each level that could, sorted; there may be none but `level`.
    encoding : str or None
        What names are in that do not say so, a key of `core.media.NAME_ENCODINGS`.
    stored_names : mapping of such names to their bytes.
    """

    level: int
    levels: Mapping[int, tuple[str, ...]]
    encoding: str | None = None
    stored_names: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def class_name(label: str) -> str:
    """A class's name: labels that look alike are one."""
    return " ".join(normal_text(label).split())


def class_folder(path: str, level: int) -> str:
    """The name of the folder at a level of a path; empty if the file lies further out."""
    folders = path.split("/")[:-1]
    return class_name(folders[level]) if level < len(folders) else ""


def class_levels(paths: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """The levels at which folders differ, with the names of these; one level if none does.

    Where all files lie in one folder, that is the innermost.
    """
    names: dict[int, set[str]] = {}
    for path in paths:
        for level, folder in enumerate(path.split("/")[:-1]):
            names.setdefault(level, set()).add(class_name(folder))
    differing = {level: at_level for level, at_level in names.items() if len(at_level) > 1}
    if not differing and names:
        differing = {max(names): names[max(names)]}
    return {level: tuple(sorted(at_level)) for level, at_level in differing.items()}


def likeliest_level(levels: Mapping[int, tuple[str, ...]]) -> int:
    """The outermost level whose folders are no parts of a split, such as "train" and "test"."""
    for level in sorted(levels):
        if not all(_PARTS_OF_A_SPLIT.fullmatch(name) for name in levels[level]):
            return level
    return max(levels, default=0)


def likeliest_classes(paths: Sequence[str]) -> list[str]:
    """The class of each file, by the likeliest level; empty of one beside the folders of classes.

    Where there are no folders at all it is empty for each.
    """
    level = likeliest_level(class_levels(paths))
    return [class_folder(path, level) for path in paths]
