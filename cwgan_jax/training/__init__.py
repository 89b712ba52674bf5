"""A run: its plan, its loop, what it says and writes."""
