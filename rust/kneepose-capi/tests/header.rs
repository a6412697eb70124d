//! Checks that `include/kneepose.h` equals the output of the generator; `make header` writes it.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use cbindgen::{
    Builder, Config, DocumentationStyle, EnumConfig, ExportConfig, FunctionConfig, Language,
    Layout, RenameRule, Style,
};
use kneepose::comparisons::VERDICT_TABLE;
use kneepose::live::EVENT_TABLE;
use kneepose_core::reps::REP_STATUS_TABLE;
use kneepose_core::reps::online::PHASES;
use kneepose_core::validity::VALIDITY_TABLE;

const ABOUT: &str = "\
/* @generated from rust/kneepose-capi by `make header`; do not edit.
 *
 * kneepose measures joint angles and repetitions from the keypoints of any pose estimator. docs/how-to/c.md explains
 * how to build, link and use it, with a complete program.
 *
 * - Every function may be called from any thread. Objects passed as a pointer to const may be shared between
 *   threads. Two threads must not write to the same memory at once.
 * - Functions that can fail return a KneeposeStatus; kneepose_last_error() returns the message.
 * - NaN is a missing keypoint in the input and an invalid value in the output; its validity code gives the
 *   reason.
 * - Names of angles, sides, axes, exercises and views are texts; they are the same as in Python.
 * - Before version 1.0 a new minor version may change structs: compile and link against one version, and compare
 *   kneepose_abi_version() with KNEEPOSE_ABI_VERSION if the library may be replaced.
 */";

const PHASE_MEANINGS: [&str; 4] = [
    "Between repetitions.",
    "Moving away from rest.",
    "Away from rest, nearly still.",
    "Moving back to rest.",
];

fn generated() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config {
        language: Language::C,
        style: Style::Both,
        cpp_compat: true,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::Cxx,
        include_guard: Some("KNEEPOSE_H".to_owned()),
        header: Some(ABOUT.to_owned()),
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"].map(str::to_owned).to_vec(),
        after_includes: Some(tables()),
        line_length: 100,
        function: FunctionConfig { args: Layout::Vertical, ..FunctionConfig::default() },
        export: ExportConfig {
            exclude: vec!["kneepose_injected_panic".to_owned()],
            ..ExportConfig::default()
        },
        enumeration: EnumConfig {
            prefix_with_name: true,
            rename_variants: RenameRule::ScreamingSnakeCase,
            ..EnumConfig::default()
        },
        ..Config::default()
    };
    let builder = Builder::new().with_config(config).with_src(here.join("src/lib.rs"));
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    without_wrappers(&String::from_utf8(header).unwrap())
}

/// Replaces the types of `pointers` by the plain C pointers they stand for.
fn without_wrappers(header: &str) -> String {
    let (wrappers, kept): (Vec<_>, Vec<_>) = header.split("\n\n").partition(|block| {
        let last = block.lines().last().unwrap_or_default();
        last.starts_with("typedef") && last.contains('*')
    });
    let mut types: Vec<(String, String)> = wrappers
        .iter()
        .map(|block| {
            let last = block.lines().last().unwrap().trim_end_matches(';');
            let (pointer, name) = last.trim_start_matches("typedef ").rsplit_once('*').unwrap();
            (
                format!("{name} "),
                format!("{pointer}*").replace("const Text *", "const char *const *").replace(
                    "const In_KneeposeAnalysis *",
                    "const struct KneeposeAnalysis *const *",
                ),
            )
        })
        .collect();
    // Longer names are replaced first, because a short name can be the end of a longer one.
    types.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let plain = |line: &str| match line.trim_start().starts_with("//") {
        true => line.to_owned(),
        false => types.iter().fold(line.to_owned(), |line, (name, to)| line.replace(name, to)),
    };
    let plain: Vec<String> = kept.join("\n\n").lines().map(plain).collect();
    plain.join("\n") + "\n"
}

/// C definitions of the version and of the codes in the core's tables.
fn tables() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(
        "\n/// Version of this header; `kneepose_version` returns that of the library.\n\
         #define KNEEPOSE_VERSION \"{version}\"\n\n\
         /// Validity of a value.\nenum KneeposeValidity {{\n"
    );
    for row in VALIDITY_TABLE {
        let (sentence, name, code) = (row.sentence, row.name.to_uppercase(), row.validity as u8);
        text += &format!("  /// {sentence}\n  KNEEPOSE_VALIDITY_{name} = {code},\n");
    }
    text += "};\n\n/// Status of a repetition; only full ones count.\nenum KneeposeRepStatus {\n";
    for (code, (_, name, _)) in REP_STATUS_TABLE.iter().enumerate() {
        text += &format!("  KNEEPOSE_REP_STATUS_{} = {code},\n", name.to_uppercase());
    }
    text += "};\n\n/// Phase of the repetition under way in a stream.\nenum KneeposePhase {\n";
    for (code, (name, meaning)) in PHASES.into_iter().zip(PHASE_MEANINGS).enumerate() {
        text += &format!("  /// {meaning}\n  KNEEPOSE_PHASE_{} = {code},\n", name.to_uppercase());
    }
    text += "};\n\n/// Kind of an event of a stream, and the members of `KneeposeEvent` that it sets.\n\
             enum KneeposeEventKind {\n";
    for (code, (name, meaning)) in EVENT_TABLE.iter().enumerate() {
        text += &format!("  /// {meaning}\n  KNEEPOSE_EVENT_{} = {code},\n", name.to_uppercase());
    }
    text += "};\n\n/// Verdict on a difference.\nenum KneeposeVerdict {\n";
    for (code, (verdict, meaning)) in VERDICT_TABLE.iter().enumerate() {
        let name = verdict.name().to_uppercase();
        text += &format!("  /// {meaning}\n  KNEEPOSE_VERDICT_{name} = {code},\n");
    }
    text + "};"
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/kneepose.h");
    let generated = generated();
    if std::env::var_os("KNEEPOSE_WRITE_HEADER").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(generated.lines()).position(|(a, b)| a != b);
    assert!(
        committed == generated,
        "include/kneepose.h is not what the generator makes (first difference after line {differs:?}): \
         run `make header` and commit it"
    );
}
