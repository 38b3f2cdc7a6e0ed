"""The rooms of the page Sounds."""
