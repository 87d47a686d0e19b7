"""What experts that a few labels teach are worth, and the prior of their weights."""
