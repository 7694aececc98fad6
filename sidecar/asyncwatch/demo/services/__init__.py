"""The services of the lending platform, each a small program that speaks NATS and knows nothing of who watches."""
