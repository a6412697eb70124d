"""The site: docs/ and the docstrings as web pages. `python -m tools.site FOLDER`."""
