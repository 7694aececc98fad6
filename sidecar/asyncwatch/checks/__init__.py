"""One file, one check, one loop over a batch's columns; the order is written in `asyncwatch.route`."""
