"""The demo: a small world of real services beside the machine's own, to be broken, healed and taken away again."""
