"""The commands, one module a noun; loaded only when one of them is called."""
