"""The kernel: clock, ids, settings, database, catalogue, calendars, definition documents, values that travel."""
