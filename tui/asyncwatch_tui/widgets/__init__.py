"""Widgets turn a snapshot into strips, and nothing else."""
