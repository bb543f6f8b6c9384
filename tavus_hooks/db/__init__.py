"""Everything that depends on the database in use: statements, connections and locks."""
