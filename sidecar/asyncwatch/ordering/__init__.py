"""Sequence numbers, event times and their scopes: gaps, repeats, disorder and lateness, judged without clock or socket."""
