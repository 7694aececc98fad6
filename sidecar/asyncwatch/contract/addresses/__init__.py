"""Where channels lie on their brokers, and the patterns of real addresses behind placeholders: a file a protocol."""
