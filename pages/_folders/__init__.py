"""What the page Folders is made of."""
