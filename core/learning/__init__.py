"""What every "train your own" shares: data sets, heads and how they are evaluated."""
