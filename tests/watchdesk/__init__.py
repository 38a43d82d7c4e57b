"""Tests of watchdesk."""
