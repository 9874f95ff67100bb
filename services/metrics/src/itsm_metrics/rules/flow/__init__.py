"""How records really move: from the traces of a process to what they have in common. Pure."""
