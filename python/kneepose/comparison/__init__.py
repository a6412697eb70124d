"""Two sides or two dates compared, and the reliability of repeated sessions."""
