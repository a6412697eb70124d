"""Labels and sentences for display."""
