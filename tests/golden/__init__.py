"""Golden vectors, and the formulas that generate them."""
