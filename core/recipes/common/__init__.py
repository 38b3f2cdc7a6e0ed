"""What recipes share: their command line, the files they write, how their networks train."""
