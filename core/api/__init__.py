"""The table of tasks as a web API."""
