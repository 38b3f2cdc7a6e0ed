"""The rooms of the page for documents."""
