"""Modules of TF-Hub: photos, texts, sounds and styles."""
