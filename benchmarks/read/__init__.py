"""What reading costs as the tables grow: all lists and pages at two sizes, by `make bench-read`."""
