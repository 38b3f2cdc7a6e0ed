"""The classifier of sounds: what it learns from, how it is measured, what is shipped."""
