"""What is read from other hosts when a user allows it: bounded in time and size, and never where nobody said it may."""
