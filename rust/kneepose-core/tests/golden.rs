//! Compares results with the golden vectors in the folder `golden`, which the Python tests also
//! read. They come from closed forms and from known inputs of a forward model, never from the
//! output of this crate.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

use std::collections::BTreeSet;
use std::f64::consts::PI;

use kneepose_core::angle::{
    ANGLE_TABLE, Heading, PelvisReference, Plan, PlanOptions, Request, Standing, Threads, evaluate,
    standing_heights,
};
use kneepose_core::reps::score::count_score;
use kneepose_core::reps::{Scale, Segmentation, segment};
use kneepose_core::signal::gap;
use kneepose_core::signal::lowpass::{Lowpass, single_pass_cutoff};
use kneepose_core::signal::outlier::hampel;
use kneepose_core::signal::resample::usual_interval;
use kneepose_core::skeleton::{Side, Skeleton};
use kneepose_core::space::Up;
use kneepose_core::stats::asymmetry_index::{is_unstable, normalized_symmetry_index};
use kneepose_core::stats::{AsymmetryIndex, asymmetry_index, paired_interval, welch_interval};
use kneepose_core::validity::Validity;
use ndarray::Array3;
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn rows<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let rows = value[key].as_array().unwrap_or_else(|| panic!("no list {key:?}"));
    assert!(!rows.is_empty(), "{key} is empty");
    rows
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key:?} in {value}"))
}

/// Number in JSON; null becomes NaN.
fn number(value: &Value) -> f64 {
    if value.is_null() { f64::NAN } else { value.as_f64().unwrap() }
}

fn series(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

#[track_caller]
fn assert_close(got: f64, want: f64, tolerance: f64, what: &str) {
    let same = if want.is_nan() { got.is_nan() } else { (got - want).abs() <= tolerance };
    assert!(same, "{what}: {got} is not {want} ± {tolerance:e}");
}

#[track_caller]
fn assert_all_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert_close(*got, *want, tolerance, &format!("{what}[{i}]"));
    }
}

/// Values and validity codes of one request.
struct Measured {
    values: Vec<f64>,
    codes: Vec<u8>,
}

fn points_of(case: &Value) -> Array3<f64> {
    let frames = rows(case, "points");
    let dims = count(&case["dims"]);
    let keypoints = rows(case, "keypoints").len();
    Array3::from_shape_fn((frames.len(), keypoints, dims), |(t, k, d)| number(&frames[t][k][d]))
}

fn measure(case: &Value, name: &str, side: Option<Side>, gates: bool) -> Measured {
    let keypoints: Vec<String> =
        rows(case, "keypoints").iter().map(|k| k.as_str().unwrap().to_owned()).collect();
    let skeleton = Skeleton::new("golden".to_owned(), keypoints, Vec::new(), 0.3).unwrap();
    let up = case["up"].as_str().map_or(Up::Image, |up| Up::parse_world(up).unwrap());
    let pelvis = PelvisReference::parse(text(case, "pelvis_reference")).unwrap();
    let request = Request::named(name, side).unwrap();
    let plan = Plan::new(
        &skeleton,
        &[request],
        PlanOptions { pelvis, gates, ..PlanOptions::of_space(up) },
    )
    .unwrap();
    let points = points_of(case);
    let heading = match &case["heading"] {
        Value::Null => Heading::PerFrame,
        Value::Array(_) => {
            let forward = series(&case["heading"]);
            Heading::Fixed([forward[0], forward[1], forward[2]])
        }
        facing => Heading::Fixed([number(facing), 0.0, 0.0]),
    };
    let standing = match case["standing"].as_f64() {
        Some(height) => [height; 2],
        None => standing_heights(points.view(), &skeleton, up),
    };
    let mut values = vec![0.0; points.dim().0];
    let mut codes = vec![0; points.dim().0];
    evaluate(
        &plan,
        points.view(),
        heading,
        Standing::Fixed(standing),
        &mut values,
        &mut codes,
        Threads::Auto,
    );
    Measured { values, codes }
}

fn check_angle_case(case: &Value) {
    for row in rows(case, "expect") {
        let (name, side) = (text(row, "name"), row["side"].as_str());
        let what = format!("{} {name} {side:?}", text(case, "id"));
        let side = side.map(|side| Side::parse(side).unwrap());
        let Measured { values, codes } = measure(case, name, side, true);
        assert_all_close(&values, &series(&row["values"]), number(&row["tolerance"]), &what);
        for (value, code) in values.iter().zip(codes) {
            assert_eq!(value.is_finite(), Validity::of_code(code).is_measured(), "{what}");
        }
    }
}

#[test]
fn angles() {
    let (angles, exercises) = (golden("angles"), golden("exercises"));
    for case in rows(&angles, "cases").iter().chain(rows(&exercises, "cases")) {
        check_angle_case(case);
    }
}

#[test]
fn every_built_in_angle_has_a_golden_number() {
    let (angles, exercises) = (golden("angles"), golden("exercises"));
    let covered: BTreeSet<&str> = rows(&angles, "cases")
        .iter()
        .chain(rows(&exercises, "cases"))
        .flat_map(|case| rows(case, "expect"))
        .filter(|row| rows(row, "values").iter().any(|value| !value.is_null()))
        .map(|row| text(row, "name"))
        .collect();
    let built_in: BTreeSet<&str> = ANGLE_TABLE.iter().map(|row| row.name.as_ref()).collect();
    assert_eq!(covered, built_in);
}

#[test]
fn without_gates_rotations_of_a_straight_knee_are_there() {
    let angles = golden("angles");
    let case = rows(&angles, "cases").iter().find(|case| text(case, "id") == "3").unwrap();
    for side in Side::BOTH {
        let gated = measure(case, "hip_internal_rotation", Some(side), true);
        let raw = measure(case, "hip_internal_rotation", Some(side), false);
        // The fifth frame has 20 degrees of flexion. The fourth has none, so its hinge axis is undefined.
        assert_eq!(gated.codes[4], Validity::BelowFlexionGate as u8);
        assert_close(raw.values[4], 17.0, 1e-9, "raw");
        assert_eq!(raw.codes[3], Validity::Singular as u8);
        assert_eq!(gated.codes[0], Validity::Low as u8);
        assert_eq!(gated.codes[1], Validity::Ok as u8);
    }
}

#[test]
fn filter_designs() {
    let filters = golden("filters");
    for row in rows(&filters, "designs") {
        let got = single_pass_cutoff(number(&row["fc"]), number(&row["fs"]));
        assert_close(got, number(&row["design_hz"]), number(&row["tolerance"]), "design");
    }
}

#[test]
fn filter_gains_and_phase() {
    let filters = golden("filters");
    for row in rows(&filters, "sines") {
        let (fs, hz) = (number(&row["fs"]), number(&row["hz"]));
        let wave: Vec<f64> =
            (0..count(&row["n"])).map(|i| (2.0 * PI * hz * i as f64 / fs).cos()).collect();
        let mut got = wave.clone();
        Lowpass::new(number(&row["fc"]), fs).unwrap().apply(&mut got);
        let cut = (number(&row["ignore_s"]) * fs) as usize;
        for i in cut..wave.len() - cut {
            let want = number(&row["gain"]) * wave[i];
            assert_close(got[i], want, number(&row["tolerance"]), "zero-lag gain");
        }
    }
}

#[test]
fn filter_responses() {
    let filters = golden("filters");
    for row in rows(&filters, "responses") {
        let mut got = series(&row["input"]);
        Lowpass::new(number(&row["fc"]), number(&row["fs"])).unwrap().apply(&mut got);
        let want = series(&row["output"]);
        assert_all_close(&got, &want, number(&row["tolerance"]), text(row, "kind"));
    }
}

#[test]
fn outliers() {
    let filters = golden("filters");
    for row in rows(&filters, "hampel") {
        let found = hampel(&series(&row["x"]), number(&row["floor"]));
        let found: Vec<usize> = (0..found.len()).filter(|&i| found[i]).collect();
        let want: Vec<usize> = row["outliers"].as_array().unwrap().iter().map(count).collect();
        assert_eq!(found, want, "{}", text(row, "note"));
    }
}

#[test]
fn gaps() {
    let filters = golden("filters");
    for row in rows(&filters, "gaps") {
        let times = series(&row["times"]);
        let given = series(&row["x"]);
        let mut got = given.clone();
        let dt = usual_interval(&times);
        let filled = gap::fill(&times, &mut got, dt, number(&row["max_gap_s"]));
        let what = text(row, "note");
        assert_all_close(&got, &series(&row["filled"]), number(&row["tolerance"]), what);
        for (i, filled) in filled.iter().enumerate() {
            assert_eq!(*filled, given[i].is_nan() && got[i].is_finite(), "{what}[{i}]");
        }
    }
}

/// Generates the series and the mask of a repetition test case, as the note in the file describes.
fn generated(case: &Value) -> (Vec<f64>, Vec<bool>) {
    let (n, fs, base) = (count(&case["n"]), number(&case["fs"]), number(&case["base"]));
    let mut x = vec![base; n];
    let (mut begin, mut level) = (0.0, base);
    for phase in rows(case, "phases") {
        let (seconds, target) = (number(&phase[0]), number(&phase[1]));
        for (i, x) in x.iter_mut().enumerate() {
            let u = ((i as f64 / fs - begin) / seconds).clamp(0.0, 1.0);
            *x += (target - level) * u * u * u * (10.0 - 15.0 * u + 6.0 * u * u);
        }
        begin += seconds;
        level = target;
    }
    let drift = number(&case["drift"]);
    for (i, x) in x.iter_mut().enumerate() {
        *x += drift * i as f64 / (n - 1) as f64;
    }
    for spike in case["spikes"].as_array().unwrap() {
        x[number(&spike[0]) as usize] += number(&spike[1]);
    }
    for run in case["replaced"].as_array().unwrap() {
        let first = number(&run[0]) as usize;
        x[first..first + number(&run[1]) as usize].fill(number(&run[2]));
    }
    for run in case["missing"].as_array().unwrap() {
        let first = count(&run[0]);
        x[first..(first + count(&run[1])).min(n)].fill(f64::NAN);
    }
    let mut allowed = vec![true; n];
    for run in case["not_allowed"].as_array().unwrap() {
        let first = count(&run[0]);
        allowed[first..first + count(&run[1])].fill(false);
    }
    (x, allowed)
}

#[test]
fn repetitions() {
    let reps = golden("reps");
    for case in rows(&reps, "cases") {
        let id = text(case, "id");
        let (x, allowed) = generated(case);
        let fs = number(&case["fs"]);
        let how = Segmentation {
            fs,
            min_range: number(&case["min_range"]),
            despike: true,
            scale: Scale::Plain,
        };
        let found = segment(&x, Some(&allowed), &how).unwrap();
        let wanted = case["reps"].as_array().unwrap();
        let statuses: Vec<&str> = found.iter().map(|rep| rep.status.name()).collect();
        let want: Vec<&str> = wanted.iter().map(|rep| text(rep, "status")).collect();
        assert_eq!(statuses, want, "{id}");
        for (rep, want) in found.iter().zip(wanted) {
            for (moment, sample) in [
                ("start_s", rep.start),
                ("bottom_start_s", rep.bottom_start),
                ("bottom_end_s", rep.bottom_end),
                ("end_s", rep.end),
            ] {
                if !want[moment].is_null() {
                    let what = format!("{id} {moment}");
                    let got = sample as f64 / fs;
                    assert_close(got, number(&want[moment]), number(&case["tolerance_s"]), &what);
                }
            }
            if !want["rom"].is_null() {
                let tolerance = number(&case["tolerance_rom"]);
                assert_close(rep.range, number(&want["rom"]), tolerance, id);
            }
        }
        // The same repetitions are found without the mask.
        let free = segment(&x, None, &how).unwrap();
        assert_eq!(free.len(), found.len(), "{id}");
    }
}

#[test]
fn asymmetry_indices() {
    let asymmetry = golden("asymmetry");
    for row in rows(&asymmetry, "indices") {
        let name = text(row, "index");
        let (left, right) = (number(&row["left"]), number(&row["right"]));
        let kind = AsymmetryIndex::parse(name).unwrap();
        // The file defines LSI as involved over uninvolved; here the left side is the reference.
        let got = if name == "lsi" {
            asymmetry_index(kind, right, left)
        } else {
            asymmetry_index(kind, left, right)
        };
        assert_close(got, number(&row["value"]), number(&row["tolerance"]), name);
    }
    for row in rows(&asymmetry, "unstable") {
        let got =
            is_unstable(AsymmetryIndex::SymmetryIndex, number(&row["left"]), number(&row["right"]));
        assert_eq!(Some(got), row["unstable"].as_bool());
    }
    for row in rows(&asymmetry, "nsi") {
        let got = normalized_symmetry_index(&series(&row["left"]), &series(&row["right"]));
        assert_close(got, number(&row["value"]), number(&row["tolerance"]), "nsi");
    }
}

#[test]
fn intervals() {
    let asymmetry = golden("asymmetry");
    for row in rows(&asymmetry, "intervals") {
        let (left, right) = (series(&row["left"]), series(&row["right"]));
        let kind = text(row, "kind");
        let got = match kind {
            "paired" => paired_interval(&left, &right),
            "welch" => welch_interval(&left, &right),
            _ => panic!("{kind}"),
        };
        let want = ["difference", "low", "high"].map(|key| number(&row[key]));
        let got = [got.difference, got.low, got.high];
        assert_all_close(&got, &want, number(&row["tolerance"]), kind);
    }
}

#[test]
fn count_scores() {
    let scores = golden("scores");
    for row in rows(&scores, "cases") {
        let counts = |key: &str| -> Vec<u32> {
            rows(row, key)
                .iter()
                .map(|count| u32::try_from(count.as_u64().unwrap()).unwrap())
                .collect()
        };
        let got = count_score(&counts("predicted"), &counts("true")).unwrap();
        let tolerance = number(&row["tolerance"]);
        for (name, value) in [
            ("mae", got.mae),
            ("exact", got.exact),
            ("off_by_one", got.off_by_one),
            ("normalized_mae", got.normalized_mae),
        ] {
            assert_close(value, number(&row[name]), tolerance, name);
        }
    }
    assert!(count_score(&[], &[]).is_err());
    assert!(count_score(&[1], &[1, 2]).is_err());
}
