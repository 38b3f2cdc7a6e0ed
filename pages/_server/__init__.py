"""What the server puts around the pages."""
