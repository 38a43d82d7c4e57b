"""Tests of runbooks."""
