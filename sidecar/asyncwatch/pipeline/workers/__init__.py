"""Several processes that divide the partitions among them, and their numbers added up to one picture."""
