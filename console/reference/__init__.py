"""The reference, generated from the code: JSON Schemas, and the pages of docs/reference."""
