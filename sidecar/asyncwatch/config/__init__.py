"""What users can set, where it comes from, and how a wrong setting is reported."""
