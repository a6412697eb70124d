"""One small file per pose estimator: its results become a `Recording`.

The results are read by the attributes that they have; no estimator is ever imported.
"""
