"""Task engines: one module each, imported only when it is the chosen dispatcher."""
