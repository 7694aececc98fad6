"""The engine: the hot path, the taps' loops, the clock, and the life of a run."""
