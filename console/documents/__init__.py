"""What things look like from outside: the same document for the command line, the HTTP API and the pages."""
