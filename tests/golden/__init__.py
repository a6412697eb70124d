"""Golden vectors and the formulas they come from."""
