"""Programs that generate pages and data of this repository."""
