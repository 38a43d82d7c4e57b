"""The command line: noun and verb, data on stdout, messages on stderr."""
