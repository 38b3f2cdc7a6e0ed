"""The rooms of Colour."""
