"""HTTP as every service speaks it: problems, preconditions, idempotency, lists, the feed, the front door."""
