"""The recipe of the captioner."""
