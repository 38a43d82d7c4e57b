"""Monitors: what to observe, how to probe it, whether it is healthy."""
