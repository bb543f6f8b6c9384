"""The one place that knows which database is written to: statements, connections, locks."""
