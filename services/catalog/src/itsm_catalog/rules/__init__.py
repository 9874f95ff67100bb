"""What the catalog is about. Pure: no I/O, and the clock comes in."""
