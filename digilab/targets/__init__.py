"""対象システム: the finance systems that robots key into: where, when, how much at once, and whether they are held."""
