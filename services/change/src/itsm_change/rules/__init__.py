"""What a change is and what may happen to it. Pure: no I/O, no framework, and the clock comes in as `now`."""
