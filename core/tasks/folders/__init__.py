"""Tasks on any number of inputs: files of folders and buckets, rows of tables."""
