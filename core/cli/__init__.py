"""The command line, `graft`: a command for each task, and those that prepare and run the app."""
