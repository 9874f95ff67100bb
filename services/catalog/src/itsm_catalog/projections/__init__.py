"""What other services said, as the catalog keeps it; nothing here says anything."""
