"""Drawings of the pages: numbers in, positions for SVG out; nothing here knows HTTP or a database."""
