"""Writes: load, decide by the rules, store the records and their events in one commit."""
