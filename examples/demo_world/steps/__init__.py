"""What the demo's runbooks do, one small program a step."""
