"""Complete, tested definition sets; `examples/local` is what runs when none is given."""
