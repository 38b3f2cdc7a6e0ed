"""What is wrong with a data set, whatever its examples are: embeddings and labels in, findings out.

Everything here takes vectors of a frozen network, and long work is a generator of snapshots.
"""
