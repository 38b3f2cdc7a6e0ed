"""The rooms of Captions."""
