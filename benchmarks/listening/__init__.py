"""One receiver that does nothing."""
