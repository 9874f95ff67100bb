"""Reading figures: no row is changed here."""
