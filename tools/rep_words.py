"""Texts of docs/repetitions.md."""

DEFINITIONS = """\
*Exact*: share of series or recordings with the exact number of full repetitions; *±1*: at most one off
(generous for sets of five); *MAE*: mean of |counted − true|. *F1*: of full repetitions, paired one to
one where they share at least half of their joint time (temporal intersection over union 0.5).
*Boundaries*: mean absolute error of all starts and ends of pairs, and its 95th percentile. A
repetition starts and ends at 10 % of its range above rest. *With partials*: share in which the
partial ones are exact too. {runs} seeds a row, seed {seed}: other series than those of the tests.
"""
SCORES = "F1 | boundaries, s | 95 %, s"
SERIES_HEAD = f"| series | what is in it | method | exact | ±1 | MAE | {SCORES} | with partials |"
CLEAN_HEAD = (
    "| recording | seen | method | full + partial, true | found | F1 | boundaries, s | largest, s |"
)
DAMAGED_HEAD = f"| recording | seen | dropped | method | exact | ±1 | with partials | {SCORES} |"
QUIET_HEAD = "| series of one minute | method | with a false repetition | false repetitions/min |"
CLIP_HEAD = (
    "| clip | seen by | asked for | method | length, s | true | counted | bottoms off by up to, s |"
)

PULSES = """\
A repetition is defined as returning below 40 % of its range. What returns less is a pulse of the one
before it and not counted; the rows show what that costs against a person who counts every pulse.
"""
DAMAGE = """\
A hundred draws of noise (half white, half slow) for each recording that has none of its own; each
keypoint lost on its own, in single frames or in runs of 0.3 s, so that an angle of three keypoints is
missing in up to 27 % of the frames. For finding repetitions, whole recordings bridge a keypoint for up
to 0.6 s; live nothing is bridged.
"""

UNKNOWN = """\
## What could not be known

- **Starts and ends in real video.** No public recording here has them: the real clips have counts and
  bottoms (read off the pictures by eye, ±0.1 s), the motion capture has the times of its bottoms, and
  the boundaries of `opencap_squat` are the 10 % crossings of its own knee angle.
- **How people differ from the generator.** Series and simulations move with minimum jerk, which is what
  the thresholds were made for: a target for regressions, not accuracy in the field.
- **What a pose estimator does to the boundaries.** Noise here is independent between keypoints;
  estimators err together, in bursts, and with the clothes.
- **A real single-leg squat, clamshell or fire hydrant**: there is no public recording with a count.
- **Whether a plain series shows the exercise.** Walking bends the knee too; only `analyze` looks at
  how the person stands, and only to the extent that the table of other movements shows.
"""
