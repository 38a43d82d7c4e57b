"""Tests of the sweep engine."""
