"""`python -m core.recipes.sentiment`: what the page on film reviews ships."""
