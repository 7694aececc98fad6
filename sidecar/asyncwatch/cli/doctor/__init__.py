"""`asyncwatch doctor`: what is there, what answers, what is missing, and what to do; nothing is changed anywhere."""
