"""The page that a measurement becomes."""
