"""Rendered people: known movement, realistic images, and a real pose estimator. Not in the wheel.

`bodies` and `movement` make a moving mesh with known joint centers. `picture` renders it. `make`
estimates landmarks from the images and stores them with the truth. `clips` reads them back.
"""
