"""A host whose rows refer to ours in every way that Django knows, for a process of its own."""
