"""The rule that the default chooses by: where it comes from and what it is worth."""
