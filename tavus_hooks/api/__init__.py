"""The REST API: what the tables hold, for reading only."""
