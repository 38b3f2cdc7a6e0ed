"""The memory of this process that networks do not take: what is in it, and how much may be."""
