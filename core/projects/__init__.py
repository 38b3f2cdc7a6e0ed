"""What people save: data sets, models, settings, pictures and jobs, behind private links."""

from core.projects.errors import (
    DeletedProjectError,
    LimitError,
    ReadOnlyError,
    ReplacedItemError,
    StorageError,
    UnknownItemError,
    UnknownProjectError,
)
from core.projects.items import KINDS, Content, Correction, Item, Kind, Part
from core.projects.project import Project
from core.projects.store import UNDO, Limits, Projects, projects

__all__ = [
    "KINDS",
    "UNDO",
    "Content",
    "Correction",
    "DeletedProjectError",
    "Item",
    "Kind",
    "LimitError",
    "Limits",
    "Part",
    "Project",
    "Projects",
    "ReadOnlyError",
    "ReplacedItemError",
    "StorageError",
    "UnknownItemError",
    "UnknownProjectError",
    "projects",
]
