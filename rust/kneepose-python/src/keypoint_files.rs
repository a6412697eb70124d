//! Content of keypoint files: JSON as Python objects, with arrays of numbers as NumPy arrays, and tables.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;

use kneepose_core::json::{self, Json, Limits};
use kneepose_core::text_table::{self, Layout};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::doorway::{check_memory, raise, run};

/// Largest content of all files of one call: about 100 MB as numbers, and as much as Python objects.
const LIMITS: Limits = Limits { values: 1_000_000, numbers: 12_500_000 };
/// Files per thread from which another one pays, and the most threads.
const FILES_PER_THREAD: usize = 100;
const MOST_THREADS: usize = 4;
/// First size of the buffer that files are read into, bytes.
const SMALL_FILE: usize = 1 << 16;

/// Reason why a file was not read.
enum Failure {
    System(std::io::Error),
    Content(String),
}

/// Parses one JSON text; values of the names in `skipped` are left out. `name` is for messages.
#[pyfunction]
pub fn parse_json(
    py: Python<'_>,
    data: &[u8],
    skipped: Vec<String>,
    name: &str,
) -> PyResult<Py<PyAny>> {
    check_memory(data.len() / 8, 2)?;
    let mut limits = LIMITS;
    let parsed = run(py, || Ok(json::parse(data, &names(&skipped), &mut limits)))?;
    match parsed {
        Ok(value) => Ok(python_value(py, value)?.unbind()),
        Err(error) => {
            Err(raise(py, "FormatError", &format!("{name} is not readable JSON: {error}.")))
        }
    }
}

/// Reads JSON files of at most `most_bytes` each, some at a time in parallel, in the order of `paths`.
///
/// Files of OpenPose, whose persons have equally many keypoints, become arrays: persons of each file, a row of
/// `pose_keypoints_2d` for each person, shape (persons, values), and `person_id`, NaN where it is not one
/// number. Persons without keypoints are left out. Other files become a list of Python objects.
#[pyfunction]
pub fn read_json_files(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    skipped: Vec<String>,
    most_bytes: u64,
) -> PyResult<Py<PyAny>> {
    let read = || {
        let found = read_all(&paths, &names(&skipped), most_bytes);
        let people = gather(&found);
        (found, people)
    };
    let (found, people) = run(py, || Ok(read()))?;
    if let Some(People { counts, width, values, ids }) = people {
        let shape = [ids.len(), width];
        let rows = values.into_pyarray(py).reshape(shape)?;
        return Ok((counts.into_pyarray(py), rows, ids.into_pyarray(py)).into_pyobject(py)?.into());
    }
    let list = PyList::empty(py);
    for (path, value) in paths.iter().zip(found) {
        match value {
            Ok(value) => list.append(python_value(py, value)?)?,
            Err(Failure::System(error)) => {
                let number = error.raw_os_error().unwrap_or(5);
                return Err(PyOSError::new_err((number, error.to_string(), path.clone())));
            }
            Err(Failure::Content(reason)) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                return Err(raise(py, "FormatError", &format!("{name} {reason}.")));
            }
        }
    }
    Ok(list.into_any().unbind())
}

/// Persons of the files of OpenPose.
#[derive(Default)]
struct People {
    counts: Vec<i64>,
    width: usize,
    values: Vec<f64>,
    ids: Vec<f64>,
}

/// Gathers the persons of all files; None if a file is not of this form, or nobody is in any.
fn gather(files: &[Result<Json, Failure>]) -> Option<People> {
    let mut people = People::default();
    for file in files {
        let Ok(Json::Object(members)) = file else { return None };
        let Json::List(persons) = member(members, "people")? else { return None };
        let before = people.ids.len();
        for person in persons {
            let Json::Object(parts) = person else { return None };
            match member(parts, "pose_keypoints_2d") {
                Some(Json::Numbers(flat)) => {
                    if people.ids.is_empty() {
                        people.width = flat.len();
                    }
                    if flat.len() != people.width {
                        return None;
                    }
                    people.values.extend(flat);
                    let id = match member(parts, "person_id") {
                        Some(Json::Numbers(ids)) => match ids.as_slice() {
                            [id] => *id,
                            _ => f64::NAN,
                        },
                        _ => f64::NAN,
                    };
                    people.ids.push(id);
                }
                Some(Json::List(none)) if none.is_empty() => {}
                _ => return None,
            }
        }
        people.counts.push((people.ids.len() - before) as i64);
    }
    (!people.ids.is_empty()).then_some(people)
}

/// Value of a name; the last one counts, as in Python.
fn member<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn names(owned: &[String]) -> Vec<&str> {
    owned.iter().map(String::as_str).collect()
}

fn read_all(paths: &[PathBuf], skipped: &[&str], most_bytes: u64) -> Vec<Result<Json, Failure>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = (paths.len() / FILES_PER_THREAD).clamp(1, cores.min(MOST_THREADS));
    let share = Limits { values: LIMITS.values / threads, numbers: LIMITS.numbers / threads };
    let read_part = |part: &[PathBuf]| {
        let (mut limits, mut buffer) = (share, Vec::new());
        let read = |path: &PathBuf| read_one(path, skipped, most_bytes, &mut limits, &mut buffer);
        part.iter().map(read).collect::<Vec<_>>()
    };
    if threads == 1 {
        return read_part(paths);
    }
    let parts = paths.chunks(paths.len().div_ceil(threads));
    thread::scope(|scope| {
        let running: Vec<_> =
            parts.map(|part| (part, scope.spawn(move || read_part(part)))).collect();
        let finish = |(part, handle): (&[PathBuf], thread::ScopedJoinHandle<'_, Vec<_>>)| {
            let lost = |_| {
                let failed = |_| Err(Failure::Content("could not be read".to_owned()));
                part.iter().map(failed).collect()
            };
            handle.join().unwrap_or_else(lost)
        };
        running.into_iter().flat_map(finish).collect()
    })
}

fn read_one(
    path: &Path,
    skipped: &[&str],
    most_bytes: u64,
    limits: &mut Limits,
    buffer: &mut Vec<u8>,
) -> Result<Json, Failure> {
    let mut file = File::open(path).map_err(Failure::System)?;
    // Files are small, and there are many: one call to the system reads a file whole.
    buffer.resize(buffer.len().max(SMALL_FILE), 0);
    let mut filled = 0;
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let (size, count) = (room.len(), file.read(room).map_err(Failure::System)?);
        filled += count;
        if count < size {
            break;
        }
        if filled as u64 > most_bytes {
            let reason =
                format!("has more than {:.0} MB, which are not read", most_bytes as f64 / 1e6);
            return Err(Failure::Content(reason));
        }
        buffer.resize(2 * filled, 0);
    }
    let content = buffer.get(..filled).unwrap_or_default();
    let parsed = json::parse(content, skipped, limits);
    parsed.map_err(|error| Failure::Content(format!("is not readable JSON: {error}")))
}

fn python_value(py: Python<'_>, value: Json) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        Json::Null => py.None().into_bound(py),
        Json::Flag(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Json::Whole(number) => number.into_pyobject(py)?.into_any(),
        Json::Real(number) => number.into_pyobject(py)?.into_any(),
        Json::Text(text) => PyString::new(py, &text).into_any(),
        Json::Numbers(values) => values.into_pyarray(py).into_any(),
        Json::Table { columns, values } => {
            let rows = values.len() / columns.max(1);
            let flat: Bound<'_, PyArray1<f64>> = values.into_pyarray(py);
            flat.reshape([rows, columns])?.into_any()
        }
        Json::List(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(python_value(py, item)?)?;
            }
            list.into_any()
        }
        Json::Object(members) => {
            let dict = PyDict::new(py);
            for (name, member) in members {
                dict.set_item(name, python_value(py, member)?)?;
            }
            dict.into_any()
        }
    })
}

/// Reads chosen columns of a table of text as an array, shape (rows, columns), and the texts of its label
/// columns. `separator` is one letter, or empty for spaces and tabs. `name` is for messages.
#[pyfunction]
pub fn parse_table<'py>(
    py: Python<'py>,
    data: &[u8],
    separator: &str,
    columns: Vec<usize>,
    labels: Vec<usize>,
    name: &str,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Vec<String>)> {
    check_memory(data.len() / 2, 1)?;
    let (separator, most) = (separator.bytes().next(), LIMITS.numbers);
    let layout = Layout { separator, columns: &columns, labels: &labels, most };
    let parsed = run(py, || Ok(text_table::parse(data, &layout)))?;
    let table = parsed
        .map_err(|error| raise(py, "FormatError", &format!("{name} is damaged: {error}.")))?;
    let rows = table.values.len() / columns.len().max(1);
    Ok((table.values.into_pyarray(py).reshape([rows, columns.len()])?, table.labels))
}
