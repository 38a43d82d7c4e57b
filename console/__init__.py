"""The operators' door: command line, HTTP, pages, migrations."""
