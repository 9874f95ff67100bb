"""Pure decisions about incidents: no I/O, no framework, no clock."""
