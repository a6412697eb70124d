//! Reads a folder with one JSON file per frame, on several threads.

use std::ffi::OsStr;
use std::fs::{DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kneepose_core::interrupt;
use kneepose_core::json::{self, Json, Limits};
use kneepose_core::math::sort::sort_items;
use numpy::{IntoPyArray, PyArrayMethods};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::doorway::{raise, run};
use crate::keypoint_files::{LIMITS, names, python_value};

/// Number of files for which another thread is started; `MOST_THREADS` is the maximum number of
/// threads.
const FILES_PER_THREAD: usize = 100;
const MOST_THREADS: usize = 4;
/// Initial size of the buffer for a file, bytes.
const SMALL_FILE: usize = 1 << 16;
/// Maximum number of values for which memory is reserved in advance.
const MOST_RESERVED: usize = 1 << 17;
/// Maximum number of digits of a frame number.
const MOST_DIGITS: usize = 15;
/// Interval at which signals are checked while threads read.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// Reason why a folder could not be read.
enum Failure {
    System(io::Error, PathBuf),
    Content(String),
}

/// File of one frame.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FrameFile {
    number: i64,
    path: PathBuf,
}

/// Content of all files, in their order.
enum Content {
    People(People),
    Files(Vec<Json>),
}

/// Persons in files of OpenPose.
#[derive(Default)]
struct People {
    counts: Vec<i64>,
    width: usize,
    values: Vec<f64>,
    ids: Vec<f64>,
}

/// Reads a folder of JSON files whose names end with the number of their frame, such as
/// `clip_000000000012_keypoints.json`. Each file may have at most `most_bytes` bytes. Other files
/// are ignored. `name` is used in messages.
///
/// Returns the frame numbers in order, and the content of the files. Files of OpenPose whose
/// persons have equal numbers of keypoints become three arrays. They are the number of persons in
/// each file; `pose_keypoints_2d` of each person, shape (persons, values); and `person_id`, NaN if
/// it is not a single number. Persons without keypoints are omitted. Other files become a list of
/// Python objects.
#[pyfunction]
pub fn read_json_folder(
    py: Python<'_>,
    path: PathBuf,
    name: &str,
    skipped: Vec<String>,
    most_bytes: u64,
    most_files: usize,
) -> PyResult<(Vec<i64>, Py<PyAny>)> {
    let read = || -> Result<(Vec<i64>, Content), Failure> {
        let files = frame_files(&path, name, most_files)?;
        let how = How { skipped: &names(&skipped), most_bytes, keeps_people: true };
        let content = match read_all(&files, how)? {
            Some(content) => content,
            None => {
                let whole = read_all(&files, How { keeps_people: false, ..how })?;
                whole.unwrap_or(Content::Files(Vec::new()))
            }
        };
        Ok((files.iter().map(|file| file.number).collect(), content))
    };
    match run(py, || Ok(read()))? {
        Ok((numbers, Content::People(people))) => {
            let shape = [people.ids.len(), people.width];
            let rows = people.values.into_pyarray(py).reshape(shape)?;
            let arrays = (people.counts.into_pyarray(py), rows, people.ids.into_pyarray(py));
            Ok((numbers, arrays.into_pyobject(py)?.into_any().unbind()))
        }
        Ok((numbers, Content::Files(files))) => {
            let list = PyList::empty(py);
            for value in files {
                list.append(python_value(py, value)?)?;
            }
            Ok((numbers, list.into_any().unbind()))
        }
        Err(Failure::System(error, path)) => {
            let number = error.raw_os_error().unwrap_or(5);
            Err(PyOSError::new_err((number, error.to_string(), path)))
        }
        Err(Failure::Content(message)) => Err(raise(py, "FormatError", &message)),
    }
}

/// Lists the files of frames, ordered by number.
fn frame_files(folder: &Path, name: &str, most_files: usize) -> Result<Vec<FrameFile>, Failure> {
    let failed = |error| Failure::System(error, folder.to_path_buf());
    let (mut files, mut kinds) = (Vec::new(), Vec::<Vec<u8>>::new());
    for (count, entry) in folder.read_dir().map_err(failed)?.enumerate() {
        interrupt::check_at(count);
        let entry = entry.map_err(failed)?;
        if count >= most_files {
            let reason = format!("{name} has more than {most_files} files; needed one video.");
            return Err(Failure::Content(reason));
        }
        let full = entry.file_name();
        let full = full.as_encoded_bytes();
        let Some((begin, end)) = digits(full).filter(|_| is_file(&entry)) else { continue };
        let found = full.get(begin..end).and_then(|part| std::str::from_utf8(part).ok());
        let number =
            found.filter(|text| text.len() <= MOST_DIGITS).and_then(|text| text.parse().ok());
        let Some(number) = number else {
            let text = found.unwrap_or_default().get(..40).or(found).unwrap_or_default();
            return Err(Failure::Content(format!("{name} has a file with the number {text}.")));
        };
        let kind = [full.get(..begin), full.get(end..full.len() - ENDING.len())];
        let kind = kind.map(Option::unwrap_or_default);
        let is_same = |known: &Vec<u8>| {
            known.len() == kind[0].len() + kind[1].len()
                && known.starts_with(kind[0])
                && known.ends_with(kind[1])
        };
        if !kinds.last().is_some_and(is_same) && !kinds.iter().any(is_same) {
            kinds.push(kind.concat());
        }
        files.push(FrameFile { number, path: entry.path() });
    }
    if kinds.len() > 1 {
        sort_items(&mut kinds, Ord::cmp);
        let begins: Vec<_> =
            kinds.iter().take(5).map(|kind| format!("'{}'", shown(kind))).collect();
        let reason = format!(
            "{name} has the files of {} videos, whose names begin with {}; needed one video. Move the \
             files of each to a folder of its own.",
            kinds.len(),
            begins.join(", ")
        );
        return Err(Failure::Content(reason));
    }
    if files.is_empty() {
        let reason = format!(
            "{name} is a folder without keypoint files; needed one JSON file a frame, such as \
             clip_000000000012_keypoints.json. Read files of other kinds one by one; instead of text \
             files of YOLO pass its results to kneepose.from_estimator."
        );
        return Err(Failure::Content(reason));
    }
    sort_items(&mut files, Ord::cmp);
    Ok(files)
}

const ENDING: &[u8] = b".json";
const MARK: &[u8] = b"_keypoints";

/// Start and end of the number at the end of a file name, before `_keypoints` and `.json`.
fn digits(name: &[u8]) -> Option<(usize, usize)> {
    let without = |part: &'_ [u8], ending: &[u8]| {
        let at = part.len().checked_sub(ending.len())?;
        part.get(at..)?.eq_ignore_ascii_case(ending).then_some(at)
    };
    let stem = name.get(..without(name, ENDING)?)?;
    let end = without(stem, MARK).unwrap_or(stem.len());
    let count = stem.get(..end)?.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some((end - count, end))
}

/// True for a file, or for a link to a file.
fn is_file(entry: &DirEntry) -> bool {
    let is_link = |kind: std::fs::FileType| kind.is_symlink();
    match entry.file_type() {
        Ok(kind) if !is_link(kind) => kind.is_file(),
        _ => entry.path().metadata().is_ok_and(|about| about.is_file()),
    }
}

/// Part of a file name for a message, with control characters escaped.
fn shown(name: &[u8]) -> String {
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = String::from_utf8_lossy(name);
    text.chars()
        .map(|c| if hidden(c) { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

/// Options for reading files.
#[derive(Clone, Copy)]
struct How<'a> {
    skipped: &'a [&'a str],
    most_bytes: u64,
    /// If true, only persons of OpenPose are kept, not the whole files.
    keeps_people: bool,
}

/// Reads all files; the first one that fails is reported. If only persons are to be kept, the
/// result is None when a file has another content, or when no file has a person.
fn read_all(files: &[FrameFile], how: How<'_>) -> Result<Option<Content>, Failure> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = (files.len() / FILES_PER_THREAD).clamp(1, cores.min(MOST_THREADS));
    let limits = Limits { values: LIMITS.values / threads, numbers: LIMITS.numbers / threads };
    let stops = AtomicBool::new(false);
    let read_part = |part: &[FrameFile]| read_part(part, how, limits, &stops);
    let mut parts = Vec::new();
    if threads == 1 {
        parts.push(read_part(files)?);
    } else {
        let (finished, finishing) = mpsc::channel::<()>();
        thread::scope(|scope| {
            // Only this thread checks for signals. If a signal makes it unwind, the other threads
            // stop.
            let _stopping = StopOnUnwind(&stops);
            let start = |part| {
                let (finished, read_part) = (finished.clone(), &read_part);
                scope.spawn(move || {
                    let read = read_part(part);
                    drop(finished);
                    read
                })
            };
            let running: Vec<_> = files.chunks(files.len().div_ceil(threads)).map(start).collect();
            drop(finished);
            while finishing.recv_timeout(LOOKS_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
                interrupt::check();
            }
            for handle in running {
                let lost = |_| Err(Failure::Content("the files could not be read".to_owned()));
                parts.push(handle.join().unwrap_or_else(lost)?);
            }
            Ok(())
        })?;
    }
    Ok(joined(parts))
}

/// Reads some of the files one after the other.
fn read_part(
    files: &[FrameFile],
    how: How<'_>,
    mut limits: Limits,
    stops: &AtomicBool,
) -> Result<Option<Content>, Failure> {
    let (mut people, mut whole, mut buffer) = (People::default(), Vec::new(), Vec::new());
    for (step, file) in files.iter().enumerate() {
        interrupt::check_at(step);
        if stops.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let value = read_one(&file.path, how, &mut limits, &mut buffer)?;
        if !how.keeps_people {
            whole.push(value);
        } else if people.add(&value).is_none() {
            return Ok(None);
        }
        if step == 0 {
            people.reserve(files.len());
        }
    }
    Ok(Some(if how.keeps_people { Content::People(people) } else { Content::Files(whole) }))
}

/// Joins the contents that the threads have read; None if they are of different kinds.
fn joined(parts: Vec<Option<Content>>) -> Option<Content> {
    let (mut people, mut files) = (People::default(), Vec::new());
    for part in parts {
        match part? {
            Content::People(more) => people.join(more)?,
            Content::Files(more) => files.extend(more),
        }
    }
    let is_people = !people.ids.is_empty();
    (is_people || !files.is_empty()).then_some(if is_people {
        Content::People(people)
    } else {
        Content::Files(files)
    })
}

/// On drop, tells other threads to stop if this thread is unwinding.
struct StopOnUnwind<'a>(&'a AtomicBool);

impl Drop for StopOnUnwind<'_> {
    fn drop(&mut self) {
        self.0.store(thread::panicking(), Ordering::Relaxed);
    }
}

fn read_one(
    path: &Path,
    how: How<'_>,
    limits: &mut Limits,
    buffer: &mut Vec<u8>,
) -> Result<Json, Failure> {
    let failed = |error| Failure::System(error, path.to_path_buf());
    let told = |reason: String| {
        let name = path.file_name().map(OsStr::as_encoded_bytes).unwrap_or_default();
        Failure::Content(format!("{} {reason}.", shown(name)))
    };
    let mut file = File::open(path).map_err(failed)?;
    // There are many small files, so the buffer is large enough to read a file with one system
    // call.
    buffer.resize(buffer.len().max(SMALL_FILE), 0);
    let mut filled = 0;
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let (size, count) = (room.len(), file.read(room).map_err(failed)?);
        filled += count;
        if count < size {
            break;
        }
        if filled as u64 > how.most_bytes {
            let most = how.most_bytes as f64 / 1e6;
            return Err(told(format!("has more than {most:.0} MB, which are not read")));
        }
        buffer.resize(2 * filled, 0);
    }
    let content = buffer.get(..filled).unwrap_or_default();
    let parsed = json::parse(content, how.skipped, limits);
    parsed.map_err(|error| told(format!("is not readable JSON: {error}")))
}

impl People {
    /// Reserves memory for `files` files of the same size as those read so far.
    fn reserve(&mut self, files: usize) {
        let room = self.values.len().saturating_mul(files).min(MOST_RESERVED);
        self.values.reserve(room);
    }

    /// Adds the persons of a file; None if the file is not from OpenPose.
    fn add(&mut self, file: &Json) -> Option<()> {
        let Json::Object(members) = file else { return None };
        let Json::List(persons) = member(members, "people")? else { return None };
        let before = self.ids.len();
        for person in persons {
            let Json::Object(parts) = person else { return None };
            match member(parts, "pose_keypoints_2d") {
                Some(Json::Numbers(flat)) => {
                    if self.ids.is_empty() {
                        self.width = flat.len();
                    }
                    if flat.len() != self.width {
                        return None;
                    }
                    self.values.extend(flat);
                    let id = match member(parts, "person_id") {
                        Some(Json::Numbers(ids)) => match ids.as_slice() {
                            [id] => *id,
                            _ => f64::NAN,
                        },
                        _ => f64::NAN,
                    };
                    self.ids.push(id);
                }
                Some(Json::List(none)) if none.is_empty() => {}
                _ => return None,
            }
        }
        self.counts.push((self.ids.len() - before) as i64);
        Some(())
    }

    /// Appends the persons of later files; None if they have a different number of keypoints.
    fn join(&mut self, more: People) -> Option<()> {
        if self.ids.is_empty() {
            self.width = more.width;
        }
        if !more.ids.is_empty() && more.width != self.width {
            return None;
        }
        self.counts.extend(more.counts);
        self.values.extend(more.values);
        self.ids.extend(more.ids);
        Some(())
    }
}

/// Value of a name; if it occurs several times, the last one is used, as in Python.
fn member<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_at_the_end_of_a_name_is_found() {
        let number = |name: &str| {
            digits(name.as_bytes()).and_then(|(begin, end)| name.get(begin..end).map(str::to_owned))
        };
        assert_eq!(number("clip_000012_keypoints.json").as_deref(), Some("000012"));
        assert_eq!(number("take2_7.JSON").as_deref(), Some("7"));
        assert_eq!(number("3.json").as_deref(), Some("3"));
        for name in ["notes.json", "7_Keypoints.txt", "12", ".json", "_keypoints.json", "7_.json"] {
            assert_eq!(number(name), None, "{name}");
        }
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(shown("a\u{1b}[2J\u{202e}é".as_bytes()), "a\\u{1b}[2J\\u{202e}é");
    }
}
