"""The rooms of the page for film reviews."""
