//! Content of keypoint files: JSON as Python objects, in which arrays of numbers are NumPy arrays,
//! and tables.

use kneepose_core::json::{self, Json, Limits};
use kneepose_core::text_table::{self, Layout};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::doorway::{check_memory, raise, run};

/// Maximum content of all files of one call: about 100 MB as numbers, and about as much as Python
/// objects.
pub const LIMITS: Limits = Limits { values: 1_000_000, numbers: 12_500_000 };

/// Parses one JSON text. Values of the names in `skipped` are omitted. `name` is used in messages.
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

/// Converts names to the type that the parser needs.
pub fn names(owned: &[String]) -> Vec<&str> {
    owned.iter().map(String::as_str).collect()
}

/// Converts a JSON value to a Python object; arrays of numbers become NumPy arrays.
pub fn python_value(py: Python<'_>, value: Json) -> PyResult<Bound<'_, PyAny>> {
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

/// Reads selected columns of a text table as an array (rows, columns), and the texts of its label
/// columns. `separator` is one character, or empty for spaces and tabs. With `decimal_comma`
/// numbers have a decimal comma. `name` is used in messages.
#[pyfunction]
pub fn parse_table<'py>(
    py: Python<'py>,
    data: &[u8],
    separator: &str,
    decimal_comma: bool,
    columns: Vec<usize>,
    labels: Vec<usize>,
    name: &str,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Vec<String>)> {
    check_memory(data.len() / 2, 1)?;
    let (separator, most) = (separator.bytes().next(), LIMITS.numbers);
    let layout = Layout { separator, columns: &columns, labels: &labels, decimal_comma, most };
    let parsed = run(py, || Ok(text_table::parse(data, &layout)))?;
    let table = parsed
        .map_err(|error| raise(py, "FormatError", &format!("{name} is damaged: {error}.")))?;
    let rows = table.values.len() / columns.len().max(1);
    Ok((table.values.into_pyarray(py).reshape([rows, columns.len()])?, table.labels))
}
