"""What is said while one waits."""

from __future__ import annotations

PREPARING = "Opening the network; the first time on this machine, it is compiled"
