"""The vocabulary every room speaks: batch, observation, route, finding, report, errors, clock."""
