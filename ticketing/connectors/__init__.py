"""Connectors: how other desks and people are told about tickets, one kind a file."""
