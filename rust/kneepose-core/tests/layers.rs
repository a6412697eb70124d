//! Tests of the core's module layers, its dependencies, and the files with `unsafe`. They read the sources
//! as text. deny.toml restricts the dependencies of each crate.

use std::fs::{read_dir, read_to_string};
use std::io::Result;
use std::path::{Path, PathBuf};

/// Modules of the core, lowest first. Each may use only the modules before it.
const LAYERS: [&str; 26] = [
    "validity",
    "error",
    "interrupt",
    "memory",
    "json",
    "text_table",
    "math",
    "drawing",
    "stats",
    "space",
    "skeleton",
    "signal",
    "recording",
    "conditioning",
    "angle",
    "quality",
    "recording_angles",
    "calibration",
    "load",
    "reps",
    "exercise",
    "posture",
    "analysis",
    "comparison",
    "live",
    "lib",
];

/// Modules that work on plain series, with the modules that they may use. None of these knows
/// recordings, skeletons or angles.
const PLAIN_SERIES: [&str; 3] = ["signal", "stats", "reps"];
const KNOWN_TO_PLAIN_SERIES: [&str; 7] =
    ["error", "interrupt", "memory", "math", "signal", "stats", "validity"];

/// The only files that may contain `unsafe` code.
const UNSAFE: [&str; 4] = [
    "kneepose-core/src/math/simd.rs",
    "kneepose-core/tests/no_allocation.rs",
    "kneepose-core/tests/out_of_memory.rs",
    "kneepose-capi/src/pointers.rs",
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Relative paths of all Rust files below a folder.
fn sources(root: &Path) -> Result<Vec<String>> {
    let (mut found, mut waiting) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = waiting.pop() {
        for entry in read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("target") {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let inside = path.strip_prefix(root).unwrap_or(&path);
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(found)
}

fn without_comments(text: &str) -> String {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// Names that follow a prefix such as `crate::` in the code.
fn names_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let after = code.split(prefix).skip(1);
    after.map(|rest| rest.split(|c| !is_part(c)).next().unwrap_or_default()).collect()
}

/// Violations of the layer rules in one file of the core; `file` is its path below `src`.
fn broken_rules(file: &str, text: &str) -> Vec<String> {
    let module = file.split(['/', '.']).next().unwrap_or_default();
    let height = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    let code = without_comments(text);
    let mut broken = Vec::new();
    if height(module).is_none() {
        broken.push(format!("{file}: {module} is missing from LAYERS"));
    }
    let mut used = names_after(&code, "crate::");
    let at_root =
        !file.contains('/') || file.ends_with("/mod.rs") && file.matches('/').count() == 1;
    if at_root {
        let above = names_after(&code, "super::").into_iter();
        used.extend(above.filter(|name| height(name).is_some()));
    }
    for word in ["crate::{", "super::super", "crate::*"] {
        if code.contains(word) {
            broken.push(format!("{file}: write one `use crate::module::…` per module, not {word}"));
        }
    }
    for name in used.into_iter().filter(|name| *name != module && !name.is_empty()) {
        if height(name).is_none() {
            broken.push(format!("{file}: crate::{name} is missing from LAYERS"));
        } else if height(name) > height(module) {
            broken.push(format!("{file}: {module} lies below {name} and must not use it"));
        } else if PLAIN_SERIES.contains(&module) && !KNOWN_TO_PLAIN_SERIES.contains(&name) {
            broken.push(format!("{file}: {module} works on plain series and must not use {name}"));
        }
    }
    broken
}

#[test]
fn no_module_uses_one_above_it() -> Result<()> {
    let root = workspace().join("kneepose-core/src");
    let files = sources(&root)?;
    assert!(files.len() > LAYERS.len(), "no source files found");
    let mut broken = Vec::new();
    for file in files {
        broken.extend(broken_rules(&file, &read_to_string(root.join(&file))?));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    Ok(())
}

#[test]
fn an_arrow_that_is_turned_is_seen() {
    for (file, text) in [
        ("math/vector.rs", "use crate::skeleton::Side;"),
        ("angle/plan.rs", "fn f() { crate::live::Stream::new() }"),
        ("space.rs", "use super::recording::View;"),
        ("angle/mod.rs", "use super::analysis;"),
        ("reps/online.rs", "use crate::skeleton::Side;"),
        ("recording/mod.rs", "use crate::{live, space};"),
        ("live/view.rs", "use crate::nowhere::Thing;"),
        ("helpers.rs", ""),
    ] {
        assert_eq!(broken_rules(file, text).len(), 1, "{file}: {text}");
    }
    let allowed = "use crate::math::at; // crate::live\nuse super::online::Phase;";
    assert!(broken_rules("reps/offline.rs", allowed).is_empty());
}

fn has_unsafe_code(text: &str) -> bool {
    // `#[unsafe(no_mangle)]` marks an exported name and is not unsafe code.
    let code = without_comments(text).replace("unsafe(no_mangle)", "");
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.into_iter().any(|word| word == "unsafe")
        || code.contains("*const ")
        || code.contains("*mut ")
}

#[test]
fn unsafe_stands_in_three_files() -> Result<()> {
    let root = workspace();
    let mut found = Vec::new();
    for file in sources(&root)? {
        // These test files contain the forbidden words as search terms.
        let names_it = file.ends_with("tests/layers.rs") || file.ends_with("tests/header.rs");
        if !names_it && has_unsafe_code(&read_to_string(root.join(&file))?) {
            found.push(file);
        }
    }
    found.sort();
    let mut wanted = UNSAFE.map(str::to_owned);
    wanted.sort();
    assert_eq!(found, wanted);
    Ok(())
}

#[test]
fn the_core_is_built_from_three_crates() -> Result<()> {
    let manifest = read_to_string(workspace().join("kneepose-core/Cargo.toml"))?;
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty());
    let crates: Vec<&str> =
        lines.map(|line| line.split(['.', ' ', '=']).next().unwrap_or_default()).collect();
    assert_eq!(crates, ["libm", "ndarray", "thiserror"]);
    assert!(!manifest.contains("build-dependencies") && !manifest.contains("[target"));
    Ok(())
}
