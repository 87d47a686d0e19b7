"""Measurements beside peers; each module is a command that prints and writes one table."""
