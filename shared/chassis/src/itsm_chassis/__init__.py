"""What every service stands on: store, bus, http, auth, run. It knows no business word."""
