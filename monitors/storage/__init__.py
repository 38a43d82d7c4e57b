"""What monitors remember: packed results, spans of health, daily figures, the present state."""
