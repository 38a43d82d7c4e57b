"""Tests of the process tree."""
