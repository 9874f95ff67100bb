"""From events heard to facts: keep each one raw, fold its record's events, store what changed."""
