"""Bytes to values: one file per format; never reaches the network and never raises on bad bytes."""
