"""Our own happenings: each counts and logs together."""
