"""Settings are looked at before anything starts: the wrong end it, the poor are said on a page."""
