"""Sounds: bytes in, checked samples out."""
