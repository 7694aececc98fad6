"""One file or folder per target; an outlet never blocks and never slows the road."""
