"""What trains and measures the files in `core/assets`: `python -m core.recipes.NAME`."""
