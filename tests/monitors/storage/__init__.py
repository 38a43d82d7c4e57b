"""Tests of what monitors remember."""
