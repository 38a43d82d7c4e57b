"""Reading definition files: positions, faults, quantities, and models that know where each value stands."""
