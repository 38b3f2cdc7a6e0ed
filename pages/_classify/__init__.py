"""The rooms of Upload and classify."""
