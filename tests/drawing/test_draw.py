"""Tests of `draw`: in place, in the colors of the sides, legible, and without copying the frame."""

import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.drawing.canvas import Canvas, rgb_of
from kneepose.drawing.overlay import _beside, _free_of
from kneepose.drawing.scene import scene_of
from kneepose.drawing.text import _usual_font, render, wrapped
from kneepose.plots.style import SIDES
from tests.support.marked_clips import SKELETON, WH, squats

pytest.importorskip("PIL", reason="Pillow is not installed: pip install pillow")
BLUE, ORANGE = (rgb_of(SIDES[side].color) for side in ("left", "right"))
GREY = (150, 156, 163)
POINTS, TIMES = squats()


def recording(points: np.ndarray = POINTS, **options: Any) -> kp.Recording:
    return kp.Recording(points, skeleton=SKELETON, times=TIMES, resolution_wh=WH, **options)


def frame(wh: tuple[int, int] = WH) -> np.ndarray:
    return np.full((wh[1], wh[0], 3), 90, np.uint8)


def state(points: np.ndarray = POINTS, until: int = 40, **options: Any) -> kp.live.StreamState:
    confidence = options.pop("confidence", np.ones(len(DISC_NAMES)))
    live = kp.Stream(
        "squat", side="left", skeleton=SKELETON, resolution_wh=WH, view="front", **options
    )
    for xy, t in zip(points[:until], TIMES[:until], strict=True):
        last = live.push(xy, t, confidence=confidence)
    return last


DISC_NAMES = SKELETON.keypoints


def near(image: np.ndarray, place: np.ndarray, color: tuple[int, int, int]) -> bool:
    """Return whether the color occurs within 3 pixels of a position."""
    x, y = np.rint(place).astype(int)
    part = image[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4].astype(int)
    return bool((np.abs(part - color).max(-1) <= 2).any())


def between(side: str, shown: np.ndarray) -> np.ndarray:
    """Return the middle of a side's thigh."""
    hip, knee = (DISC_NAMES.index(f"{side}_{joint}") for joint in ("hip", "knee"))
    return (shown[hip] + shown[knee]) / 2


def test_left_is_blue_and_right_is_orange_in_a_state_and_in_an_analysis() -> None:
    both = kp.analyze_sides(recording(), "squat")
    for draw in (
        lambda image: kp.draw(image, state(), order="rgb"),
        lambda image: kp.draw(image, both, TIMES[39], order="rgb"),
    ):
        image = frame()
        draw(image)
        assert near(image, between("left", POINTS[39]), BLUE)
        assert near(image, between("right", POINTS[39]), ORANGE)


def test_bgr_is_rgb_in_reverse() -> None:
    rgb, bgr = frame(), frame()
    last = state()
    kp.draw(rgb, last, order="rgb")
    kp.draw(bgr, last, order="bgr")
    assert (rgb[..., ::-1] == bgr).all()


def test_in_a_mirrored_picture_the_colors_follow_the_person() -> None:
    """In a mirrored frame the estimator swaps left and right, but the colors follow the person."""
    flipped = POINTS.copy()
    flipped[..., 0] = WH[0] - flipped[..., 0]
    flipped = flipped[:, SKELETON.swap]
    image, other = frame(), frame()
    kp.draw(image, state(flipped, mirrored=True), order="rgb")
    both = kp.analyze_sides(recording(flipped, mirrored=True), "squat")
    kp.draw(other, both, TIMES[39], order="rgb")
    for shown in (image, other):
        for side, color in (("right", BLUE), ("left", ORANGE)):  # sides as named by the estimator
            assert near(shown, between(side, flipped[39]), color), side


def test_uncertain_keypoints_are_grey() -> None:
    confidence = np.ones(len(DISC_NAMES))
    confidence[DISC_NAMES.index("right_knee")] = 0.1
    image = frame()
    kp.draw(image, state(confidence=confidence), order="rgb")
    assert near(image, between("right", POINTS[39]), GREY)
    assert near(image, between("left", POINTS[39]), BLUE)


def test_without_measurement_everything_is_grey_and_the_reason_stands_there() -> None:
    points = POINTS.copy()
    points[30:, [DISC_NAMES.index(f"{side}_ankle") for side in ("left", "right")]] = np.nan
    last = state(points, until=75)
    assert last.quality is not kp.validity.Validity.OK
    image = frame()
    kp.draw(image, last, order="rgb")
    colors = {tuple(color) for color in image.reshape(-1, 3)}
    assert BLUE not in colors
    assert ORANGE not in colors
    assert image[:60, 100:].max() > 140  # the problem text beside the count


def test_drawing_is_in_place_and_copies_no_frame() -> None:
    image = frame((1920, 1080))
    scale = 1080 / WH[1]
    live = kp.Stream("squat", side="left", skeleton=SKELETON, view="front")
    for xy, t in zip(POINTS[:40], TIMES[:40], strict=True):
        last = live.push(xy * scale, t)
    kp.draw(image, last, order="bgr")  # first call, so that fonts are loaded
    tracemalloc.start()
    kp.draw(image, last, order="bgr")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < image.nbytes / 4


def test_views_of_a_frame_can_be_drawn_into() -> None:
    whole = frame()
    turned = frame()[::-1, ::-1]
    last = state()
    kp.draw(whole, last, order="rgb")
    kp.draw(turned, last, order="rgb")
    assert (whole == turned).all()


@pytest.mark.parametrize("to_right", [True, False])
def test_a_label_covers_no_joint_and_stays_in_the_frame(to_right: bool) -> None:
    box, wh, gap = (80.0, 20.0), (300, 400), 9.0
    for at_x in range(0, 301, 5):
        for at_y in range(0, 401, 5):
            x, y = _beside((at_x, at_y), box, wh, gap, to_right=to_right)
            assert 0 <= x <= wh[0] - box[0]
            assert 0 <= y <= wh[1] - box[1]
            assert not (x < at_x < x + box[0] and y < at_y < y + box[1])


@pytest.mark.parametrize("at_y", [50.0, 100.0, 110.0, 380.0])
def test_labels_of_knees_at_one_place_stand_one_below_the_other(at_y: float) -> None:
    first = (100.0, at_y, 80.0, 20.0)
    y = _free_of([first], (110.0, at_y - 5, 80.0, 20.0), 400, 2.0)
    assert y + 20 <= at_y or y >= at_y + 20
    assert 0 <= y <= 380
    assert _free_of([first], (200.0, at_y, 80.0, 20.0), 400, 2.0) == at_y


def test_the_bend_beside_the_count_is_that_of_the_joint() -> None:
    """The flexion beside the count equals that at the joint, also at the lowest points."""
    for analysis in kp.analyze_sides(recording(), "squat"):
        assert analysis.reps.count == 5
        for rep in analysis.reps:
            scene = scene_of(analysis, rep.bottom_s)
            assert scene.angles[0].name == "knee_flexion_from_depth"
            assert scene.bend in scene.angles[0].text


@pytest.mark.parametrize("wh", [(854, 480), (1920, 1080), (1080, 1920)])
def test_the_count_is_large_enough_for_three_meters_and_for_a_thumbnail(
    wh: tuple[int, int],
) -> None:
    """The count is legible at 3 m and in a thumbnail.

    Letters are legible from 200 times their height: 1.5 cm at 3 m, or a tenth of a phone width of 7
    cm.
    """
    with_count, without = frame(wh), frame(wh)
    last = state(np.full_like(POINTS, np.nan))
    kp.draw(with_count, last, order="rgb")
    kp.draw(without, last, order="rgb", panel=False)
    white = (with_count[: wh[1] // 3, : wh[0] // 4] == 255).all(-1)
    rows = np.flatnonzero(white.any(1))
    assert 0.13 * min(wh) < rows[-1] - rows[0] < 0.25 * min(wh)
    assert not (without[: wh[1] // 8, : wh[0] // 8] != 90).any()


def test_points_far_outside_or_missing_are_no_problem() -> None:
    points = POINTS.copy()
    points[39, 0] = 1e30, -1e30
    points[39, 3] = np.nan
    points[39, 5] = -50, 900
    image = frame()
    kp.draw(image, state(points), order="rgb")
    kp.draw(frame((2, 2)), state(), order="rgb")
    kp.draw(frame(), state(until=1), order="rgb")


def test_texts_are_translated_in_any_alphabet() -> None:
    said, other = frame(), frame()
    last = state()
    kp.draw(said, last, order="rgb")
    kp.draw(
        other,
        last,
        order="rgb",
        texts={"ready": "готово", "down": "вниз", "hold": "держать", "up": "вверх"},
    )
    assert (said != other).any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        masks = {letter: render(letter, 40).mask for letter in "äЖλé°"}
    shapes = {mask.tobytes() for mask in masks.values()}
    assert len(shapes) == len(masks)  # no two characters are rendered as the same box


def test_letters_that_no_font_has_are_told_once() -> None:
    with pytest.warns(kp.errors.RecordingWarning, match="font="):
        render("\U0001e900\U0001e901", 20)


@pytest.mark.parametrize("text", ["R 107° in", "down 38°", "174", "L 9° innen"])
def test_texts_with_numbers_are_as_pillow_sets_them(text: str) -> None:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(_usual_font(), 40) if _usual_font() else ImageFont.load_default(40)
    whole = Image.new("L", (400, 80))
    ImageDraw.Draw(whole).text((20, 60), text, fill=255, font=font, anchor="ls")
    ours, found = np.zeros((80, 400)), render(text, 40)
    height, width = found.mask.shape
    ours[60 + found.top :, 20 + found.left :][:height, :width] = found.mask
    # Pillow places a character by fractions of a pixel.
    apart = [np.abs(np.roll(ours, shift, axis=1) - np.asarray(whole)) for shift in (-1, 0, 1)]
    assert np.min(apart, axis=0).sum() < 0.05 * ours.sum()
    assert abs(found.advance - font.getlength(text)) <= 1


def test_long_cues_are_wrapped() -> None:
    lines = wrapped("Keep your pelvis level: do not let the free side drop.", 20, 200)
    assert len(lines) > 1
    assert all(line.mask.shape[1] <= 200 for line in lines)


@pytest.mark.parametrize(
    ("image", "word"),
    [
        (np.zeros((4, 4), np.uint8), "uint8 array"), (np.zeros((4, 4, 3)), "dtype float64"),
        (np.zeros((4, 4, 4), np.uint8), "RGBA"), (None, "NoneType"),
    ],
)  # fmt: skip
def test_other_frames_are_refused(image: Any, word: str) -> None:
    with pytest.raises(kp.errors.CoordinateError, match=word):
        kp.draw(image, state(until=2), order="rgb")


def test_wrong_calls_say_what_is_needed() -> None:
    locked = frame()
    locked.flags.writeable = False
    with pytest.raises(kp.errors.CoordinateError, match=r"frame\.copy"):
        kp.draw(locked, state(until=2), order="rgb")
    with pytest.raises(kp.KneeposeError, match="exchanges the colors of left and right"):
        kp.draw(frame(), state(until=2))
    one = kp.analyze(recording(), "squat", side="left")
    with pytest.raises(kp.KneeposeError, match="at a time"):
        kp.draw(frame(), one, order="rgb")
    with pytest.raises(kp.KneeposeError, match="given an object of type str"):
        kp.draw(frame(), "left", order="rgb")  # type: ignore[arg-type]
    restored = kp.live.StreamState.from_dict(state(until=2).to_dict())
    with pytest.raises(kp.KneeposeError, match="has no keypoints"):
        kp.draw(frame(), restored, order="rgb")
    with pytest.raises(kp.KneeposeError, match="no font file"):
        kp.draw(frame(), state(until=2), order="rgb", font="absent.ttf")


@pytest.mark.parametrize("width", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("end", [(60.0, 20.0), (20.0, 60.0), (-30.0, 45.5), (20.0, 20.0)])
def test_a_line_covers_what_is_near_it(width: float, end: tuple[float, float]) -> None:
    """A line has full color within half its width and none farther away."""
    image = np.zeros((80, 80, 3), np.uint8)
    start = np.array([20.0, 20.0])
    Canvas(image, "rgb").line(start, end, width, (255, 255, 255))
    y, x = np.mgrid[:80, :80]
    away = np.subtract(end, start)
    along = np.clip(((x - 20) * away[0] + (y - 20) * away[1]) / max(away @ away, 1e-9), 0, 1)
    distance = np.hypot(x - 20 - along * away[0], y - 20 - along * away[1])
    assert (image[distance < width / 2 - 0.51] == 255).all()
    assert (image[distance > width / 2 + 0.51] == 0).all()


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_low_frame_rate_leaves_the_person_of_an_upright_frame_free(language: str) -> None:
    with kp.words.speak(language):
        live = kp.Stream("squat", side="left", skeleton=SKELETON, resolution_wh=WH, view="front")
        for n in range(60):
            shown = live.push(POINTS[0] + 0.1 * (n % 7), n / 8)
        assert shown.quality == "frame_rate_low"
        image = frame((1080, 1920))
        kp.draw(image, shown, order="rgb")
    dark = (image[:, 400] == 90 >> 2).all(-1)
    assert 0.1 < np.flatnonzero(dark).max() / 1920 < 0.2
