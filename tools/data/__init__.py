"""Writers of the shipped recordings and of test data."""
