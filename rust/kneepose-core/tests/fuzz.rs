//! Fuzz tests of the parsers and of a whole session, on stable Rust.
//!
//! Each target first reads the files of its folder in tests/fuzz unchanged. It then mutates them
//! for `KNEEPOSE_FUZZ_SECONDS` seconds, and at least for some rounds. Inputs that cause a new kind
//! of result are mutated further. An input that fails is printed. Put it into the folder, and every
//! run tries it first.

use std::collections::HashSet;
use std::env;
use std::fs::{read, read_dir};
use std::io::Result;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use kneepose_core::analysis::analyze;
use kneepose_core::conditioning::Conditioning;
use kneepose_core::exercise::Exercise;
use kneepose_core::json::{self, Json, Limits};
use kneepose_core::live::{Event, Settings, Stream};
use kneepose_core::recording::{Origin, Recording};
use kneepose_core::skeleton::{Side, Skeleton};
use kneepose_core::space::Up;
use kneepose_core::text_table::{self, Layout};
use kneepose_core::validity::Validity;
use ndarray::{Array2, Array3};
use serde_json::Value;

const LONGEST: usize = 4096;
const KEPT: usize = 2000;

/// Random number generator SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Random whole number below `end`; 0 if `end` is 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() as usize).checked_rem(end).unwrap_or(0)
    }

    fn mutated(&mut self, bytes: &[u8], other: &[u8], words: &[&[u8]]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(16)).min(bytes.len());
            let new = match self.below(6) {
                0 => vec![self.next() as u8],
                1 => words.get(self.below(words.len())).map_or(Vec::new(), |word| word.to_vec()),
                2 => Vec::new(),
                3 => bytes.get(at..end).unwrap_or_default().repeat(1 + self.below(8)),
                4 => other.get(self.below(other.len())..).unwrap_or_default().to_vec(),
                _ => bytes
                    .get(at..end)
                    .unwrap_or_default()
                    .iter()
                    .map(|b| b ^ (1 << self.below(8)))
                    .collect(),
            };
            bytes.splice(at..end, new);
        }
        bytes.truncate(LONGEST);
        bytes
    }
}

/// Runs a target on many inputs. The target returns the kind of its result and panics on failure.
fn fuzz(
    folder: &str,
    least: usize,
    words: &[&[u8]],
    target: impl Fn(&[u8]) -> String,
) -> Result<()> {
    let budget = env::var("KNEEPOSE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs_f64(budget.unwrap_or(0.0));
    let mut random = Random(folder.bytes().map(u64::from).sum());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(folder);
    let mut files: Vec<_> =
        read_dir(root)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let mut inputs = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    assert!(!inputs.is_empty(), "no inputs in {folder}");
    let mut kinds = HashSet::new();
    let mut rounds = 0;
    while rounds < least || Instant::now() < end {
        let input = match inputs.get(rounds) {
            Some(file) if rounds < files.len() => file.clone(),
            _ => {
                let [one, other] = [0, 1].map(|_| random.below(inputs.len()));
                let (Some(one), Some(other)) = (inputs.get(one), inputs.get(other)) else { break };
                random.mutated(one, other, words)
            }
        };
        rounds += 1;
        match catch_unwind(AssertUnwindSafe(|| target(&input))) {
            Ok(kind) => {
                if kinds.insert(kind) && inputs.len() < KEPT && rounds > files.len() {
                    inputs.push(input);
                }
            }
            Err(why) => {
                let text = input.escape_ascii();
                std::io::Write::write_all(
                    &mut std::io::stderr(),
                    format!("{folder}, input {rounds}: b\"{text}\"\n").as_bytes(),
                )?;
                resume_unwind(why);
            }
        }
    }
    let line = format!("fuzz {folder}: {rounds} inputs, {} kinds of answer\n", kinds.len());
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())
}

const MUCH: Limits = Limits { values: 1 << 30, numbers: 1 << 30 };

/// True if both parsers return the same value; numbers may differ in the last digits.
fn same(ours: &Json, theirs: &Value) -> bool {
    let near = |a: f64, b: &Value| {
        b.as_f64().is_some_and(|b| a == b || (a - b).abs() <= 1e-14 * b.abs().max(1e-300))
    };
    let numbers = |row: &[f64], list: &[Value]| {
        row.len() == list.len() && row.iter().zip(list).all(|(a, b)| near(*a, b))
    };
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Flag(a), Value::Bool(b)) => a == b,
        (Json::Whole(a), Value::Number(_)) => near(*a as f64, theirs),
        (Json::Real(a), Value::Number(_)) => near(*a, theirs),
        (Json::Text(a), Value::String(b)) => a == b,
        (Json::Numbers(a), Value::Array(b)) => numbers(a, b),
        (Json::Table { columns, values }, Value::Array(b)) => {
            values.len() == columns * b.len()
                && values
                    .chunks(*columns)
                    .zip(b)
                    .all(|(row, list)| list.as_array().is_some_and(|list| numbers(row, list)))
        }
        (Json::List(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Value::Object(b)) => {
            // Of equal names the other parser keeps only the last value.
            a.iter().all(|(name, _)| b.contains_key(name))
                && b.iter().all(|(name, theirs)| {
                    a.iter().rev().find(|(n, _)| n == name).is_some_and(|(_, o)| same(o, theirs))
                })
        }
        _ => false,
    }
}

/// Structure of a value without its size, to recognize new kinds of results.
fn kind_of(value: &Json) -> String {
    match value {
        Json::List(list) => format!("[{}]", list.iter().take(3).map(kind_of).collect::<String>()),
        Json::Object(o) => {
            format!("{{{}}}", o.iter().take(3).map(|(_, v)| kind_of(v)).collect::<String>())
        }
        Json::Null => "0".to_owned(),
        Json::Flag(_) => "f".to_owned(),
        Json::Whole(_) => "w".to_owned(),
        Json::Real(_) => "r".to_owned(),
        Json::Text(_) => "s".to_owned(),
        Json::Numbers(_) => "n".to_owned(),
        Json::Table { .. } => "t".to_owned(),
    }
}

#[test]
fn json_is_read_as_serde_reads_it() -> Result<()> {
    let words: [&[u8]; 20] = [
        b"NaN",
        b"-Infinity",
        b"1e400",
        b"-0",
        b"1e-400",
        b"18446744073709551616",
        b"null",
        b"true",
        b"\\u00e4",
        b"\\ud83d\\ude00",
        b"\\",
        b"\"",
        b"[[",
        b"]]",
        b"{\"a\":",
        b"}",
        b",",
        b"\xff",
        b"0.1e+7",
        b"[1,2],[3,4]",
    ];
    fuzz("json", 20_000, &words, |bytes| {
        let mut few = Limits { values: 40, numbers: 30 };
        let tight = json::parse(bytes, &[], &mut few);
        let mut much = MUCH;
        let ours = json::parse(bytes, &[], &mut much);
        assert!(much.values <= MUCH.values && much.numbers <= MUCH.numbers, "limits grew");
        if let Ok(value) = &tight {
            assert!(few.values <= 40 && few.numbers <= 30, "limits grew");
            // The comparison uses text, because NaN does not equal itself.
            assert_eq!(ours.as_ref().map(|v| format!("{v:?}")), Ok(format!("{value:?}")), "limits");
        }
        let skipped = json::parse(bytes, &["a"], &mut MUCH.clone());
        assert!(ours.is_err() || skipped.is_ok(), "a value that is skipped is refused");
        match (&ours, serde_json::from_slice::<Value>(bytes)) {
            (Ok(ours), Ok(theirs)) => assert!(same(ours, &theirs), "{ours:?} is {theirs}"),
            (Err(error), Ok(_)) => assert!(error.reason.contains("too deep"), "{error}"),
            (Ok(_), Err(error)) => {
                // The parser accepts these deliberately: output of Python, numbers beyond the range
                // of doubles, and single surrogates.
                let taken = ["NaN", "Infinity", "\u{feff}"];
                let text = String::from_utf8_lossy(bytes);
                let said = error.to_string();
                let known = ["number out of range", "surrogate", "hex escape"];
                assert!(
                    taken.iter().any(|word| text.contains(word))
                        || known.iter().any(|reason| said.contains(reason)),
                    "taken, while the other parser says {said}"
                );
            }
            (Err(_), Err(_)) => {}
        }
        match &ours {
            Ok(value) => kind_of(value),
            Err(error) => {
                assert!(error.at <= bytes.len(), "an error behind the end: {error}");
                error.reason.to_owned()
            }
        }
    })
}

#[test]
fn a_table_has_the_same_columns_alone_and_together() -> Result<()> {
    let words: [&[u8]; 12] = [
        b"nan", b"-inf", b"1e999", b"\"", b"\"\"", b"\n\n", b"\r\n", b",,", b"None", b"1,5",
        b"\xff", b"\t",
    ];
    fuzz("table", 20_000, &words, |bytes| {
        let mut kinds = String::new();
        for separator in [Some(b','), Some(b';'), Some(b'\t'), None] {
            let layout = Layout {
                separator,
                columns: &[0, 1, 3],
                labels: &[1],
                decimal_comma: separator == Some(b';'),
                most: 300,
            };
            let all = text_table::parse(bytes, &layout);
            let mut more = bytes.to_vec();
            more.push(b'\n');
            let with_end = text_table::parse(&more, &layout);
            assert_eq!(format!("{all:?}"), format!("{with_end:?}"), "an end of line changes it");
            kinds += match &all {
                Ok(_) => "ok",
                Err(error) => error.reason,
            };
            let Ok(all) = all else { continue };
            assert!(all.values.len() <= 300 && all.values.len() % 3 == 0);
            let known = all.labels.len() as f64;
            assert!(all.values.iter().skip(1).step_by(3).all(|label| (0.0..known).contains(label)));
            for (place, column) in [0, 1, 3].into_iter().enumerate() {
                let one = Layout {
                    separator,
                    columns: &[column],
                    labels: &[1],
                    decimal_comma: separator == Some(b';'),
                    most: 300,
                };
                let alone = text_table::parse(bytes, &one);
                let values = alone.map(|table| table.values).unwrap_or_default();
                let together = all.values.iter().skip(place).step_by(3);
                assert_eq!(values.len() * 3, all.values.len(), "column {column}");
                assert!(values.iter().zip(together).all(|(a, b)| a.to_bits() == b.to_bits()));
            }
            kinds += &format!("{}{}", all.labels.len().min(4), all.values.len().min(9));
        }
        kinds
    })
}

const WILD: [f64; 12] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -0.0,
    1e300,
    -1e300,
    5e-324,
    1e16,
    1e-9,
    -1.0,
    4e3,
];

/// Position of a keypoint of a squatting person: meters, y up.
fn place(name: &str, down: f64) -> [f64; 3] {
    let side = if name.starts_with("left") { 0.15 } else { -0.15 };
    match name.split_once('_').map_or(name, |(_, joint)| joint) {
        "hip" => [side, 0.9 - down, -down],
        "knee" => [side, 0.5 - down / 2.0, down],
        "ankle" => [side, 0.08, 0.0],
        "heel" => [side, 0.03, -0.05],
        "big_toe" | "small_toe" => [side, 0.02, 0.17],
        "shoulder" => [1.3 * side, 1.4 - down, 0.0],
        _ => [0.0, 1.6 - down, 0.0],
    }
}

/// Maximum number of frames in a session.
const MOST_FRAMES: usize = 600;

/// Session that is described by bytes: the first two select the kind of session, each other one
/// changes the following frames.
struct Session {
    exercise: &'static str,
    up: Up,
    skeleton: Skeleton,
    frames: Vec<(Vec<f64>, f64)>,
}

fn session(bytes: &[u8]) -> kneepose_core::error::Result<Session> {
    let at = |i: usize| usize::from(bytes.get(i).copied().unwrap_or_default());
    let exercise = ["squat", "single_leg_squat", "clamshell", "fire_hydrant"]
        .get(at(0) % 4)
        .unwrap_or(&"squat");
    let up = if at(0) & 4 == 0 { Up::Image } else { Up::parse_world("y")? };
    let skeleton = Skeleton::built_in(["coco17", "halpe26"].get(at(1) % 2).unwrap_or(&"coco17"))?;
    let (mut time, mut phase, mut frames) = (0.0, 0.0, Vec::new());
    for byte in bytes.iter().skip(2).take(400) {
        let (kind, amount) = (byte >> 5, usize::from(byte & 31));
        let wild = WILD.get(amount % WILD.len()).copied().unwrap_or_default();
        let number = if kind == 0 { amount } else { 1 };
        for _ in 0..number {
            time += 1.0 / 30.0;
            phase += 0.1;
            let down = 0.15 * (1.0 - f64::cos(phase));
            let mut points = Vec::new();
            for (k, name) in skeleton.keypoints().iter().enumerate() {
                let mut point = place(name, down);
                match kind {
                    1 if k == amount % skeleton.keypoints().len() => point = [wild; 3],
                    2 => point = point.map(|v| v + wild),
                    3 if k % 3 == amount % 3 => point = [f64::NAN; 3],
                    4 => point = [-point[0], point[1], point[2]],
                    5 => point = point.map(|v| v * amount as f64),
                    _ => {}
                }
                let flat = [960.0 + 500.0 * point[0], 1000.0 - 500.0 * point[1]];
                points.extend_from_slice(if up == Up::Image { &flat } else { &point });
            }
            match kind {
                6 => {
                    time +=
                        [wild, amount as f64, -0.01 * amount as f64].get(amount % 3).unwrap_or(&0.0)
                }
                7 if amount > 16 => points.clear(),
                7 => points.truncate(amount),
                _ => {}
            }
            if frames.len() < MOST_FRAMES {
                frames.push((points, time));
            }
            time = if time.is_finite() && time.abs() < 1e6 { time } else { 0.0 };
        }
    }
    Ok(Session { exercise, up, skeleton, frames })
}

/// Pushes a session frame by frame, and returns the result of every frame as text.
fn pushed(session: &Session) -> kneepose_core::error::Result<Vec<String>> {
    let mut stream = Stream::new(Settings {
        origin: Origin::usual(&session.skeleton),
        exercise: Exercise::named(session.exercise)?.clone(),
        side: Side::Left,
        skeleton: session.skeleton.clone(),
        up: session.up,
        view: None,
        resolution: None,
        mirrored: false,
    })?;
    let mut answers = Vec::new();
    let (mut counted, mut version) = (0, stream.columns_version());
    for (points, time) in &session.frames {
        let refused = stream.push(points, None, *time).err().map(|error| error.to_string());
        let state = stream.state();
        let (angles, codes) = stream.angles();
        assert_eq!(angles.len(), codes.len());
        for (angle, code) in angles.iter().zip(codes) {
            let measured = Validity::of_code(*code).is_measured();
            assert_eq!(angle.is_finite(), measured, "{angle} with code {code}");
        }
        let count = state.counts.iter().sum::<usize>();
        // A decrease of the count must be reported: by a corrected repetition, a new view, or a
        // set-up that forbids counting.
        let told = stream.columns_version() != version
            || !state.quality.is_measured()
            || stream.events().iter().any(|event| matches!(event, Event::RepCorrected(..)));
        assert!(count >= counted || told, "the count went back from {counted} to {count}");
        (counted, version) = (count, stream.columns_version());
        answers.push(format!("{refused:?} {:?} {count} {}", state.quality, stream.events().len()));
    }
    stream.finish()?;
    Ok(answers)
}

/// Analyzes the session as a recording, and returns the kind of the result.
fn analyzed(session: &Session) -> kneepose_core::error::Result<String> {
    let n = session.skeleton.keypoints().len();
    let dims = session.up.dims();
    let whole: Vec<_> = session.frames.iter().filter(|(p, _)| p.len() == n * dims).collect();
    let times = whole.iter().map(|(_, time)| *time).collect();
    let points = Array3::from_shape_vec(
        (whole.len(), n, dims),
        whole.iter().flat_map(|(p, _)| p.iter().copied()).collect(),
    );
    let Ok(points) = points else { return Ok("no array".to_owned()) };
    let confidence = Array2::from_elem((whole.len(), n), 0.9);
    let recording =
        Recording::new(session.skeleton.clone(), points, confidence, times, session.up)?;
    let exercise = Exercise::named(session.exercise)?;
    let how = Conditioning::of_space(session.up);
    let found = analyze(&recording, exercise, Side::Left, None, &how)?;
    for rep in &found.reps {
        assert!(
            rep.start <= rep.bottom && rep.bottom <= rep.end && rep.end < found.signal_values.len(),
            "{rep:?}"
        );
    }
    for measure in &found.measures {
        assert_eq!(measure.values.len(), found.reps.len());
        for (value, state) in measure.values.iter().zip(&measure.validity) {
            assert_eq!(
                value.is_finite(),
                state.is_measured(),
                "{}: {value} {state:?}",
                measure.name
            );
        }
    }
    Ok(format!("{} {:?} {:?}", found.reps.len(), found.reps_refusal, found.view))
}

#[test]
fn a_session_of_any_frames_has_numbers_or_reasons() -> Result<()> {
    fuzz(
        "stream",
        300,
        &[b"\x1f\x1f\x1f\x1f", b"\x20\x21\x22", b"\xc0", b"\xff", b"\xe0"],
        |bytes| {
            let Ok(session) = session(bytes) else { return "no session".to_owned() };
            let answers = pushed(&session).map_err(|error| error.to_string());
            let again = pushed(&session).map_err(|error| error.to_string());
            assert_eq!(answers, again, "the same frames have other answers");
            let last = answers.map(|answers| answers.last().cloned().unwrap_or_default());
            let recorded = analyzed(&session).unwrap_or_else(|error| error.to_string());
            format!(
                "{last:?} {:.60}",
                recorded.chars().filter(|c| !c.is_ascii_digit()).collect::<String>()
            )
        },
    )
}
