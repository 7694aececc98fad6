"""One file per command; thin: options in, a run, a text or an exit code out."""
