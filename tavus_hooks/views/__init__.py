"""The receiver, and the pages."""
