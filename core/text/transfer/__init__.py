"""Train a classifier of one's own texts on top of a pretrained encoder."""
