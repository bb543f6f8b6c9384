"""A host that does everything at once that hosts do: for processes of their own."""
