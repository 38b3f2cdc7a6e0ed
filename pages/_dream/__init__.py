"""The parts of the dream room."""
