"""The view that Tavus posts to, and what it does before a callback is stored."""
