//! Parser for text tables such as CSV, TRC and MOT. It reads selected columns as numbers, in
//! limited memory.

use std::collections::HashMap;
use std::fmt;

/// Maximum number of different texts in label columns; `LONGEST_CELL` is the maximum length of a cell,
/// bytes.
/// Unit: count.
/// Source: chosen: more labels than a file has persons and joints, in little memory; held by test
/// tests/io/test_hostile_formats.py.
const MOST_LABELS: usize = 10_000;
const LONGEST_CELL: usize = 500;

/// Format of the text, and the columns to keep.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// Separator of cells; `None` for any number of spaces and tabs.
    pub separator: Option<u8>,
    /// Indices of the columns to keep, in ascending order. Each must exist in every row.
    pub columns: &'a [usize],
    /// Indices of those kept columns that contain text. Each text becomes its index in
    /// [`Table::labels`].
    pub labels: &'a [usize],
    /// True if numbers have a decimal comma.
    pub decimal_comma: bool,
    /// Maximum number of cells that are kept.
    pub most: usize,
}

/// Selected columns of a text table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Kept cells, row by row. Empty cells are NaN.
    pub values: Vec<f64>,
    /// Texts of the label columns, in the order of their first occurrence.
    pub labels: Vec<String>,
}

/// Reason why a text cannot be parsed as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// Index of the row, from 0; empty rows are not counted.
    pub row: usize,
    /// Index of the column, from 0.
    pub column: usize,
    /// Content of the cell, shortened.
    pub cell: String,
    /// Description of the error.
    pub reason: &'static str,
}

impl fmt::Display for TableError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, cell, reason } = self;
        write!(out, "{reason} in row {} and column {}", row + 1, column + 1)?;
        if cell.is_empty() { Ok(()) } else { write!(out, ": {cell:?}") }
    }
}

impl std::error::Error for TableError {}

/// Parses a table. Empty lines are skipped.
///
/// # Errors
///
/// A kept cell is missing or is not a number, or there are more than `most` cells.
pub fn parse(bytes: &[u8], layout: &Layout<'_>) -> Result<Table, TableError> {
    let mut table = Table { values: Vec::new(), labels: Vec::new() };
    let mut codes: HashMap<&[u8], f64> = HashMap::new();
    let mut row = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let fail = |column: usize, cell: &[u8], reason: &'static str| TableError {
            row,
            column,
            cell: String::from_utf8_lossy(cell.get(..40).unwrap_or(cell)).into_owned(),
            reason,
        };
        let mut wanted = layout.columns.iter().copied().peekable();
        for (column, cell) in cells(line, layout.separator).enumerate() {
            let Some(next) = wanted.peek() else { break };
            if column < *next {
                continue;
            }
            wanted.next();
            if table.values.len() >= layout.most {
                return Err(fail(column, b"", "there are too many cells"));
            }
            if cell.len() > LONGEST_CELL || codes.len() > MOST_LABELS {
                return Err(fail(column, cell, "there is too long a cell, or too many names"));
            }
            let value = if layout.labels.contains(&column) {
                let next = codes.len() as f64;
                *codes.entry(cell).or_insert_with(|| {
                    table.labels.push(String::from_utf8_lossy(cell).into_owned());
                    next
                })
            } else {
                number(cell, layout.decimal_comma)
                    .ok_or_else(|| fail(column, cell, "there is no number"))?
            };
            table.values.push(value);
        }
        if let Some(column) = wanted.next() {
            return Err(fail(column, b"", "the row ends too early"));
        }
        row += 1;
    }
    Ok(table)
}

/// Cells of a line, without surrounding spaces and quotes.
fn cells(line: &[u8], separator: Option<u8>) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let mut line = rest?;
        if separator.is_none() {
            line = line.trim_ascii();
            if line.is_empty() {
                rest = None;
                return None;
            }
        }
        let mut quoted = false;
        let end = line.iter().position(|byte| {
            quoted ^= *byte == b'"';
            !quoted && separator.map_or(byte.is_ascii_whitespace(), |separator| *byte == separator)
        });
        let (cell, after) = match end {
            Some(end) => (line.get(..end), line.get(end + 1..)),
            None => (Some(line), None),
        };
        rest = after;
        let cell = cell.unwrap_or_default().trim_ascii();
        let inside = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\""));
        Some(inside.unwrap_or(cell).trim_ascii())
    })
}

/// Number in a cell; NaN for an empty cell and for words that mean a missing value. `None` for any
/// other text.
fn number(cell: &[u8], decimal_comma: bool) -> Option<f64> {
    if cell.is_empty() {
        return Some(f64::NAN);
    }
    let text = std::str::from_utf8(cell).ok()?;
    let parsed = if decimal_comma && text.contains(',') {
        text.replace(',', ".").parse()
    } else {
        text.parse()
    };
    let missing = ["true", "false", "na", "n/a", "#n/a", "none", "null", "-", "-nan", "-nan(ind)"];
    parsed.ok().or_else(|| {
        let word = text.to_ascii_lowercase();
        missing.iter().position(|known| *known == word).map(|place| match place {
            0 => 1.0,
            1 => 0.0,
            _ => f64::NAN,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        text: &str,
        separator: Option<u8>,
        columns: &[usize],
        labels: &[usize],
    ) -> Result<Table, TableError> {
        let decimal_comma = separator == Some(b';');
        parse(text.as_bytes(), &Layout { separator, columns, labels, decimal_comma, most: 100 })
    }

    fn values(text: &str, separator: Option<u8>, columns: &[usize]) -> Vec<f64> {
        read(text, separator, columns, &[]).map(|table| table.values).unwrap_or_default()
    }

    #[test]
    fn numbers_in_chosen_columns() {
        assert_eq!(
            values("1,a,2.5\r\n\r\n-3e1,\"b,c\",\"4\"\n", Some(b','), &[0, 2]),
            [1.0, 2.5, -30.0, 4.0]
        );
        assert_eq!(values("  1  2\t 3 \n 4 5 6", None, &[0, 2]), [1.0, 3.0, 4.0, 6.0]);
        assert_eq!(values("1,5;2\n", Some(b';'), &[0, 1]), [1.5, 2.0]);
        let found = values("\tNaN\tnone\t7\tTrue", Some(b'\t'), &[0, 1, 2, 3, 4]);
        assert!(found.iter().take(3).all(|value| value.is_nan()));
        assert_eq!(found.get(3..), Some([7.0, 1.0].as_slice()));
    }

    #[test]
    fn labels_are_numbered_by_first_appearance() {
        let table = read("knee,1\nhip,2\nknee,3", Some(b','), &[0, 1], &[0]);
        let wanted = Table {
            values: vec![0.0, 1.0, 1.0, 2.0, 0.0, 3.0],
            labels: vec!["knee".to_owned(), "hip".to_owned()],
        };
        assert_eq!(table, Ok(wanted));
    }

    #[test]
    fn the_place_of_an_error_is_said() {
        let said = |text: &str, columns: &[usize]| {
            read(text, Some(b','), columns, &[])
                .map_or_else(|error| error.to_string(), |_| String::new())
        };
        assert_eq!(said("1,2\n3,x4", &[1]), "there is no number in row 2 and column 2: \"x4\"");
        assert_eq!(said("1,2\n3", &[1]), "the row ends too early in row 2 and column 2");
        assert_eq!(
            said(&"1\n".repeat(101), &[0]),
            "there are too many cells in row 101 and column 1"
        );
    }
}
