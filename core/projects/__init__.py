"""What people save: data sets, models, settings, pictures and jobs, behind private links."""

from core.projects.api_keys import ApiKey, ApiKeys
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
from core.projects.owners import Owned
from core.projects.project import Project
from core.projects.store import UNDO, Limits, Projects, projects

__all__ = [
    "KINDS",
    "UNDO",
    "ApiKey",
    "ApiKeys",
    "Content",
    "Correction",
    "DeletedProjectError",
    "Item",
    "Kind",
    "LimitError",
    "Limits",
    "Owned",
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
