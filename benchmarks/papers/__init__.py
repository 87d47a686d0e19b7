"""The experiments of the papers, one file each; ``python -m benchmarks.papers`` runs them."""
