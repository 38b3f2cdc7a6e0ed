"""What teaches the document models, and what lays out the map that is searched."""
