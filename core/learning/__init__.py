"""What every "train your own" shares: data sets, splits, the layer that learns, metrics, export."""
