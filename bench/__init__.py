"""Benchmarks: figures with their conditions, each beside a peer in the same run."""
