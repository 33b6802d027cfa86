"""Bedside: relationship management for hospitals. The tree of this package is its architecture (docs/guide)."""
