"""Writers of shipped recordings and of test data."""
