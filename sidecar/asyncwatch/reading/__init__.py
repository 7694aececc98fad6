"""YAML and JSON text as plain values that know their places."""
