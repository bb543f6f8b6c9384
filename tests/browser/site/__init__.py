"""A site to look at in a browser: the demo's, with rows of each state and a strict policy."""
