"""What tests share: bodies, cameras, damage, recordings with known truth."""
