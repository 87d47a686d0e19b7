"""One data set on its way in."""
