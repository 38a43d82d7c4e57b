"""The sweep engine: thousands of probes at once, none of which delays another."""
