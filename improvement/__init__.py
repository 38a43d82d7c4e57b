"""Improvement: what the history teaches."""
