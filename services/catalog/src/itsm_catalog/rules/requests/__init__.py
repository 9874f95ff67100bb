"""Service requests: what is ordered, approved and fulfilled. Pure: no I/O, and the clock comes in."""
