"""Tickets: who must know, in which order, and when it is over."""
