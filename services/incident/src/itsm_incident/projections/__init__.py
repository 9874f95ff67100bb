"""What follows from events: our copy of the catalog's service levels, and the clocks of our own incidents."""
