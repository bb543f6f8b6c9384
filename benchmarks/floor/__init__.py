"""The floor: parse the JSON, insert one row."""
