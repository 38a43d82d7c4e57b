"""The console over HTTP: pages for people, JSON for programs, heartbeats, metrics."""
