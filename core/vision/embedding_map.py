"""`core.learning.embedding_map`, by the name that it has for photos."""

from core.learning.embedding_map import MapMethod, lay_out, map_2d, neighbours

__all__ = ["MapMethod", "lay_out", "map_2d", "neighbours"]
