"""What evaluate.py does: which checkpoints, their figures, table and page."""
