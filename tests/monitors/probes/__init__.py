"""Tests of the probes, each against a real target of its own."""
