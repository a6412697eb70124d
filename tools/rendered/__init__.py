"""Rendered people: known movement, real pictures of them, a real estimator. Never part of the wheel.

`bodies` and `movement` make a moving mesh whose joint centers are known, `picture` draws it,
`make` estimates landmarks from the pictures and stores them with the truth, `clips` reads them back.
"""
