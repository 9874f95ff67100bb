"""Writes: load, decide by the rules, store the record and its events in one commit."""
