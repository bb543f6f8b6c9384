"""What receiving costs, against the least that a receiver can do. Run by `make bench`."""
