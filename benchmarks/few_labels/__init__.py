"""What classifiers make of a few labels and many rows, on rows that they have not seen."""
