"""HTTP alone: what may be asked, and how answers look."""
