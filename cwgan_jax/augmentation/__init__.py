"""Topping up rare classes, or rare values of a condition, with generated examples."""
