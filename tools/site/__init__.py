"""Build the website from docs/ and the docstrings: `python -m tools.site FOLDER`."""
