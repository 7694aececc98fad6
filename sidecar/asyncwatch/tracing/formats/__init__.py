"""Trace contexts in other headers than W3C's: a file a format, each read into the same 55 bytes."""
