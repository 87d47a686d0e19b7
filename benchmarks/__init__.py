"""Measurements beside peers; each module is a command that prints and writes one table.

Every table says which commit it is from, `benchmarks.origin` what that means.
"""
