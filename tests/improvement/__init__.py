"""Tests of improvement."""
