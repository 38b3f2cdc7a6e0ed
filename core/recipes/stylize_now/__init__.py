"""The recipe of what styles a photo at once."""
