"""Who calls, and whether they may: bearer tokens of an OpenID Connect issuer, and one table of roles."""
