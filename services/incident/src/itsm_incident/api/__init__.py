"""HTTP alone: what may be sent, what comes back, and which command or query does it."""
