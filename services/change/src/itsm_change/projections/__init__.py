"""Our copy of other services' facts, built from their events; they may come twice, late or out of order."""
