"""The command line: `graft run`, `graft fetch` and `graft networks`."""
