"""Pure functions on arrays of features, labels and points."""
