"""One file per protocol; a tap reads a broker and knows no AsyncAPI."""
