"""File formats, one small file each."""
