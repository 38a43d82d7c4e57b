"""The pages, one module each; rendered on the server, readable without scripts."""
