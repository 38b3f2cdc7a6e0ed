"""The rooms of the transfer lab."""
