"""Tables of the kernel: leases."""
