"""What was observed, added up: counters, grouped findings, series and the state of servers, made into a report."""
