"""Writes: load, decide by the rules, store the record and its event in one commit."""
