"""Data sets that come with packages, are drawn by the code, or are made of others: a file each."""
