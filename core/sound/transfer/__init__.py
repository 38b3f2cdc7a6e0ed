"""Train a classifier of one's own recordings on top of pretrained networks."""
