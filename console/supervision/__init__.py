"""Everything on one machine in one process tree: `up`, `down`, and what `doctor` asks about it."""
