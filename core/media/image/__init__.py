"""Pictures: bytes in, checked pixels out."""
