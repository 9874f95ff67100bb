"""SLA clocks and business calendars: pure functions of a record's history, its policies and calendars."""
