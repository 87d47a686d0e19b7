"""The estimators: parameters, `fit`, and views of what it found. scikit-learn's side."""
