"""The kinds of steps: one file each, all in one table; outsiders register under `watchdesk.steps`."""
