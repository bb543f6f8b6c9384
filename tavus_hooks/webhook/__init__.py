"""The view that Tavus posts to, and all that stands before the inbox."""
