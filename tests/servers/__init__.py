"""Real servers for the tests: on loopback only, on free ports, ended by process id and start time."""
