"""Joint angles and the standing calibration."""
