"""How good the pictures are: a judge trained on real images, metrics on what it reads, and a report."""
