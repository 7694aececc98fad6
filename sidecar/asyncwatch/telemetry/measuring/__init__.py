"""Numbers that the run keeps anyway, read when somebody asks: a file a kind, nothing is counted here."""
