"""The loop told in sentences, without Prefect: observe, decide, tell the desk, repair, prove."""
