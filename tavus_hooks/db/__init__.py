"""What the ORM leaves to us: the statements of the receiving path and what guards a connection."""
