"""The parts of the style room."""
