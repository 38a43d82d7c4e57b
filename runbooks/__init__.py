"""Runbooks: what to do about a failure, safely."""
