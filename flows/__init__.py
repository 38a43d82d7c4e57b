"""What runs on a schedule, as thin Prefect wrappers around the loop."""
