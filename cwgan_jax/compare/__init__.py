"""Several configs side by side: the same data, budget and seeds for all, one table, one page."""
