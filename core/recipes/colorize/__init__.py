"""The recipe of what colours grey photos."""
