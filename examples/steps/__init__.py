"""Steps of the example runbooks: each a function of texts, and a small program of its own without any shell."""
