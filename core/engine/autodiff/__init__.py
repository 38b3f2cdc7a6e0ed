"""Gradients of compiled graphs, written as more of the graph."""

from core.engine.autodiff import rules, window_rules

__all__ = ["rules", "window_rules"]  # importing them registers the rule of each operation
