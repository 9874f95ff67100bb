"""Pure: what the facts of a record are, and what each figure means. No I/O, no clock."""
