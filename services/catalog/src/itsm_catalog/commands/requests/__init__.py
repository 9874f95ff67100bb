"""Writes of service requests: load, decide by the rules, store every record and its events in one commit."""
