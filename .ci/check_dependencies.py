"""Checks who may depend on whom (the rules stand in ARCHITECTURE.md); exits with 1 and a list where they are broken."""
