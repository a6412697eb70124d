//! Parser for JSON keypoint files. Arrays of numbers are stored as plain numbers, and memory is
//! limited.
//!
//! The parser accepts the output of Python's `json` module: RFC 8259, and `NaN`, `Infinity` and
//! `-Infinity`. A byte order mark is skipped.

use std::fmt;

/// Maximum nesting of arrays and objects.
/// Unit: count.
/// Source: chosen: files of keypoints nest less than ten levels deep, and the stack allows this
/// depth; held by test tests/io/test_hostile_formats.py.
const DEEPEST: usize = 64;
/// Largest whole number such that it and all smaller ones are exact in a double.
/// Unit: count.
/// Source: derived: the 53 bits of the fraction of a double.
const LARGEST_EXACT: u64 = 1 << 53;
/// Powers of ten that are exact in a double.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A JSON value. Arrays that contain only numbers have a form of their own.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A number without fraction and exponent that fits into 64 bits.
    Whole(i64),
    /// Any other number.
    Real(f64),
    /// Text.
    Text(String),
    /// An array of at least one number.
    Numbers(Vec<f64>),
    /// An array of at least one array of numbers, all of the same length.
    Table {
        /// Number of columns.
        columns: usize,
        /// Values, row by row.
        values: Vec<f64>,
    },
    /// Any other array.
    List(Vec<Json>),
    /// Pairs of name and value, in the order of the file. A name may occur twice.
    Object(Vec<(String, Json)>),
}

/// Remaining amount of content that may be stored. Both counts decrease while files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Number of values that are not elements of an array of numbers. An object counts as three.
    pub values: usize,
    /// Number of elements in arrays of numbers, plus the number of arrays that are rows of a table.
    pub numbers: usize,
}

/// Reason why a text cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// Position of the error in bytes, from 0.
    pub at: usize,
    /// Description of the error.
    pub reason: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at byte {}", self.reason, self.at)
    }
}

impl std::error::Error for JsonError {}

type Parsed<T> = Result<T, JsonError>;

/// Parses one JSON text.
///
/// # Arguments
///
/// - `skipped`: names whose values are not stored. If such a value is a flat array, its numbers are
///   not validated.
/// - `limits`: remaining amount of content that may be stored; it is reduced by what this call
///   stores.
///
/// # Errors
///
/// The text is not valid JSON, is nested more than 64 deep, or exceeds the limits.
pub fn parse(bytes: &[u8], skipped: &[&str], limits: &mut Limits) -> Parsed<Json> {
    let begin = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut parser = Parser { bytes, at: begin, skipped, limits, keeps: true, row: Vec::new() };
    let value = parser.value(0)?;
    parser.space();
    if parser.at < bytes.len() {
        return Err(parser.error("more text after the value"));
    }
    Ok(value)
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    skipped: &'a [&'a str],
    limits: &'a mut Limits,
    keeps: bool,
    /// Buffer for the numbers of the current array until their count is known; reused for all
    /// arrays.
    row: Vec<f64>,
}

impl Parser<'_> {
    fn error(&self, reason: &'static str) -> JsonError {
        JsonError { at: self.at, reason }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Skips whitespace, and consumes `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn spend(&mut self, values: usize) -> Parsed<()> {
        if self.keeps {
            let left = self.limits.values.checked_sub(values);
            self.limits.values = left.ok_or_else(|| self.error("too many values"))?;
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Parsed<Json> {
        if depth > DEEPEST {
            return Err(self.error("arrays and objects are nested too deep"));
        }
        self.space();
        self.spend(1)?;
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b't') if self.word(b"true") => Ok(Json::Flag(true)),
            Some(b'f') if self.word(b"false") => Ok(Json::Flag(false)),
            Some(b'n') if self.word(b"null") => Ok(Json::Null),
            Some(_) => self.number(),
            None => Err(self.error("the text ends too early")),
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Json> {
        self.spend(2)?;
        self.at += 1;
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.error("a name in quotes is missing"));
            }
            let skips = self.next_is_skipped();
            let keeps = self.keeps;
            self.keeps &= !skips;
            let name = self.text()?;
            self.keeps = keeps;
            if !self.take(b':') {
                return Err(self.error("a colon is missing"));
            }
            if skips {
                if !self.flat_array() {
                    let kept = std::mem::replace(&mut self.keeps, false);
                    self.value(depth + 1)?;
                    self.keeps = kept;
                }
            } else {
                let value = self.value(depth + 1)?;
                if self.keeps {
                    members.push((name, value));
                }
            }
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return Err(self.error("a comma or } is missing"));
            }
        }
    }

    /// True if the quoted text that comes next is one of the names to skip.
    fn next_is_skipped(&self) -> bool {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        self.skipped
            .iter()
            .any(|name| rest.get(name.len()) == Some(&b'"') && rest.starts_with(name.as_bytes()))
    }

    /// Skips an array of numbers without parsing the numbers, if one comes next.
    fn flat_array(&mut self) -> bool {
        self.space();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.first() != Some(&b'[') {
            return false;
        }
        let of_numbers = |byte: &&u8| {
            matches!(
                byte,
                b'0'..=b'9'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'e'
                    | b'E'
                    | b','
                    | b' '
                    | b'\n'
                    | b'\r'
                    | b'\t'
            )
        };
        let end = 1 + rest.iter().skip(1).take_while(of_numbers).count();
        let is_flat = rest.get(end) == Some(&b']');
        self.at += if is_flat { end + 1 } else { 0 };
        is_flat
    }

    fn array(&mut self, depth: usize) -> Parsed<Json> {
        self.at += 1;
        if self.take(b']') {
            return Ok(Json::List(Vec::new()));
        }
        self.row.clear();
        while let Some(number) = self.plain_number() {
            if self.keeps {
                if self.row.len() == self.limits.numbers {
                    return Err(self.error("too many numbers"));
                }
                self.row.push(number);
            }
            if self.take(b']') {
                self.limits.numbers -= self.row.len();
                return Ok(if self.keeps { Json::Numbers(self.row.clone()) } else { Json::Null });
            }
            if !self.take(b',') {
                return Err(self.error("a comma or ] is missing"));
            }
        }
        self.limits.numbers -= self.row.len();
        let mut items =
            if self.row.is_empty() { Items::None } else { Items::Numbers(self.row.clone()) };
        loop {
            self.space();
            let begin = self.at;
            if matches!(self.peek(), Some(b'-' | b'0'..=b'9' | b'N' | b'I')) {
                let number = self.number()?;
                self.add_number(&mut items, &number, begin)?;
            } else {
                let value = self.value(depth + 1)?;
                self.add(&mut items, value)?;
            }
            if self.take(b']') {
                return Ok(items.into_json());
            }
            if !self.take(b',') {
                return Err(self.error("a comma or ] is missing"));
            }
        }
    }

    fn add_number(&mut self, items: &mut Items, number: &Json, begin: usize) -> Parsed<()> {
        if !self.keeps {
            return Ok(());
        }
        if matches!(items, Items::Other(_) | Items::Rows { .. }) {
            self.spend(1)?;
            return self.add(items, number.clone());
        }
        let left = self.limits.numbers.checked_sub(1);
        self.limits.numbers = left.ok_or(JsonError { at: begin, reason: "too many numbers" })?;
        let value = match number {
            Json::Whole(whole) => *whole as f64,
            Json::Real(real) => *real,
            _ => f64::NAN,
        };
        match items {
            Items::Numbers(values) => values.push(value),
            _ => *items = Items::Numbers(vec![value]),
        }
        Ok(())
    }

    /// Adds a value to an array. A row of a table counts as one number, until an element of another
    /// type follows.
    fn add(&mut self, items: &mut Items, value: Json) -> Parsed<()> {
        if self.keeps {
            if items.joins(&value) {
                self.limits.values += 1;
                let left = self.limits.numbers.checked_sub(1);
                self.limits.numbers = left.ok_or_else(|| self.error("too many numbers"))?;
            } else {
                self.spend(items.unpacked())?;
            }
            items.push(value);
        }
        Ok(())
    }

    /// Parses a number of the most frequent kind: without exponent, and with so few digits that its
    /// value is an exact quotient. Otherwise nothing is consumed.
    fn plain_number(&mut self) -> Option<f64> {
        self.space();
        let rest = self.bytes.get(self.at..)?;
        let begin = usize::from(rest.first() == Some(&b'-'));
        let mut value = 0_u64;
        let mut digits_from = |at: usize| {
            let mut end = at;
            for byte in rest.get(at..).unwrap_or_default() {
                let digit = byte.wrapping_sub(b'0');
                if digit > 9 {
                    break;
                }
                value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
                end += 1;
            }
            end
        };
        let mut end = digits_from(begin);
        let whole = end - begin;
        let mut places = 0;
        if rest.get(end) == Some(&b'.') {
            let point = end + 1;
            end = digits_from(point);
            places = end - point;
            if places == 0 {
                return None;
            }
        }
        let is_plain = whole > 0
            && (whole == 1 || rest.get(begin) != Some(&b'0'))
            && whole + places < 19
            && value <= LARGEST_EXACT
            && !matches!(rest.get(end), Some(b'e' | b'E'));
        let power = POWERS.get(places).filter(|_| is_plain)?;
        self.at += end;
        let value = value as f64 / power;
        Some(if begin == 1 { -value } else { value })
    }

    fn number(&mut self) -> Parsed<Json> {
        let begin = self.at;
        let negative = self.word(b"-");
        if self.word(b"NaN") && !negative {
            return Ok(Json::Real(f64::NAN));
        }
        if self.word(b"Infinity") {
            return Ok(Json::Real(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
        }
        let mut digits = Digits::default();
        let whole = self.digits(&mut digits);
        let leads_with_zero = self.bytes.get(self.at.wrapping_sub(whole)) == Some(&b'0');
        if whole == 0 || (leads_with_zero && whole > 1) {
            self.at = begin;
            return Err(self.error("no value begins like this"));
        }
        let mut exponent: i32 = 0;
        let mut is_whole = true;
        if self.word(b".") {
            is_whole = false;
            let places = self.digits(&mut digits);
            if places == 0 {
                return Err(self.error("a digit is missing"));
            }
            exponent = i32::try_from(places).map_or(i32::MIN, |places| -places);
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            is_whole = false;
            let minus = self.word(b"-");
            if !minus {
                self.word(b"+");
            }
            let mut power = Digits::default();
            if self.digits(&mut power) == 0 {
                return Err(self.error("a digit is missing"));
            }
            let power = i32::try_from(power.value).unwrap_or(i32::MAX).min(1_000_000);
            exponent = exponent.saturating_add(if minus { -power } else { power });
        }
        if is_whole && digits.exact && digits.value <= LARGEST_EXACT {
            let value = i64::try_from(digits.value).unwrap_or(i64::MAX);
            return Ok(Json::Whole(if negative { -value } else { value }));
        }
        Ok(Json::Real(self.real(begin, negative, digits, exponent)))
    }

    /// Value of a number: an exact product or quotient if possible, otherwise the result of the
    /// standard library.
    fn real(&self, begin: usize, negative: bool, digits: Digits, exponent: i32) -> f64 {
        let size = usize::try_from(exponent.unsigned_abs()).unwrap_or(usize::MAX);
        if let (true, true, Some(power)) =
            (digits.exact, digits.value <= LARGEST_EXACT, POWERS.get(size))
        {
            let value = digits.value as f64;
            let value = if exponent < 0 { value / power } else { value * power };
            return if negative { -value } else { value };
        }
        let text = self.bytes.get(begin..self.at).and_then(|text| std::str::from_utf8(text).ok());
        text.and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
    }

    /// Reads digits and returns how many were read.
    fn digits(&mut self, digits: &mut Digits) -> usize {
        let begin = self.at;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            digits.push(byte - b'0');
            self.at += 1;
        }
        self.at - begin
    }

    fn text(&mut self) -> Parsed<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(plain) = plain else {
                return Err(self.error("a text in quotes does not end"));
            };
            if self.keeps {
                let piece = rest.get(..plain).unwrap_or_default();
                let piece =
                    std::str::from_utf8(piece).map_err(|_| self.error("the text is not UTF-8"))?;
                if text.is_empty() {
                    text = piece.to_owned();
                } else {
                    text.push_str(piece);
                }
            }
            self.at += plain + 1;
            match rest.get(plain) {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.error("a control character stands in a text")),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let letter = self.peek();
        self.at += usize::from(letter.is_some());
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&first) && self.word(b"\\u") {
                    let second = self.hex()?;
                    0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff)
                } else {
                    first
                };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.error("this letter cannot follow a backslash")),
        })
    }

    fn hex(&mut self) -> Parsed<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        let mut code = 0;
        for byte in digits {
            let digit = char::from(*byte).to_digit(16);
            code = code * 16
                + digit.ok_or_else(|| self.error("four hexadecimal digits are missing"))?;
        }
        if digits.len() < 4 {
            return Err(self.error("four hexadecimal digits are missing"));
        }
        self.at += 4;
        Ok(code)
    }
}

/// Digits of a number as one whole number; `exact` is false if they do not fit.
#[derive(Clone, Copy)]
struct Digits {
    value: u64,
    exact: bool,
}

impl Default for Digits {
    fn default() -> Self {
        Self { value: 0, exact: true }
    }
}

impl Digits {
    fn push(&mut self, digit: u8) {
        let longer =
            self.value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit)));
        match longer {
            Some(value) => self.value = value,
            None => self.exact = false,
        }
    }
}

/// Content of an array while it is parsed.
enum Items {
    None,
    Numbers(Vec<f64>),
    Rows { columns: usize, values: Vec<f64> },
    Other(Vec<Json>),
}

impl Items {
    /// True if the value can be added as a row of a table.
    fn joins(&self, value: &Json) -> bool {
        match (self, value) {
            (Self::None, Json::Numbers(_)) => true,
            (Self::Rows { columns, .. }, Json::Numbers(row)) => row.len() == *columns,
            _ => false,
        }
    }

    /// Number of separate values that [`Self::into_other`] creates from the numbers or rows.
    fn unpacked(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Rows { columns, values } => values.len() / (*columns).max(1),
            Self::None | Self::Other(_) => 0,
        }
    }

    fn push(&mut self, value: Json) {
        match (&mut *self, value) {
            (Self::None, Json::Numbers(values)) => {
                *self = Self::Rows { columns: values.len(), values };
            }
            (Self::Rows { columns, values }, Json::Numbers(row)) if row.len() == *columns => {
                values.extend(row);
            }
            (Self::Other(items), value) => items.push(value),
            (_, value) => {
                let Self::Other(mut items) = std::mem::replace(self, Self::None).into_other()
                else {
                    return;
                };
                items.push(value);
                *self = Self::Other(items);
            }
        }
    }

    fn into_other(self) -> Self {
        Self::Other(match self {
            Self::None => Vec::new(),
            Self::Numbers(values) => values.into_iter().map(Json::Real).collect(),
            Self::Rows { columns, values } => {
                values.chunks(columns.max(1)).map(|row| Json::Numbers(row.to_vec())).collect()
            }
            Self::Other(items) => items,
        })
    }

    fn into_json(self) -> Json {
        match self {
            Self::None => Json::List(Vec::new()),
            Self::Numbers(values) => Json::Numbers(values),
            Self::Rows { columns, values } => Json::Table { columns, values },
            Self::Other(items) => Json::List(items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { values: 1000, numbers: 1000 }
    }

    fn read(text: &str) -> Json {
        parse(text.as_bytes(), &["face"], &mut limits()).unwrap_or(Json::Text("refused".to_owned()))
    }

    fn refused(text: &str) -> &'static str {
        parse(text.as_bytes(), &[], &mut limits()).map_or_else(|error| error.reason, |_| "")
    }

    #[test]
    fn numbers_have_the_bits_of_the_standard_library() {
        let mut texts: Vec<String> = [
            "0.1",
            "-0.0",
            "1e22",
            "1e23",
            "123456789012345678901234567890.5",
            "2.2250738585072014e-308",
            "4.9e-324",
            "1.7976931348623157e308",
            "0.30000000000000004",
            "9007199254740993.0",
            "1E+5",
            "179769313486231580793e-289",
        ]
        .map(str::to_owned)
        .to_vec();
        let mut state = 7_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let digits = state >> (state % 50);
            texts.push(format!("{}.{}e{}", digits % 1000, digits, (digits % 60) as i64 - 30));
            texts.push(format!("{:.4}", digits as f64 / 1e9));
        }
        for text in texts {
            let want: f64 = text.parse().unwrap_or(f64::NAN);
            let Json::Real(found) = read(&text) else {
                assert_eq!(text, "a real number");
                continue;
            };
            assert_eq!(found.to_bits(), want.to_bits(), "{text}");
        }
    }

    #[test]
    fn arrays_of_numbers_become_numbers_and_tables() {
        assert_eq!(read("[1, 2.5,-3e2]"), Json::Numbers(vec![1.0, 2.5, -300.0]));
        let table = Json::Table { columns: 2, values: vec![1.0, 2.0, 3.0, 4.0] };
        assert_eq!(read("[[1,2],[3,4]]"), table);
        let ragged = vec![Json::Numbers(vec![1.0, 2.0]), Json::Numbers(vec![3.0])];
        assert_eq!(read("[[1,2],[3]]"), Json::List(ragged));
        let mixed = vec![Json::Real(1.0), Json::Null, Json::Whole(2)];
        assert_eq!(read("[1,null,2]"), Json::List(mixed));
        assert_eq!(read("[]"), Json::List(vec![]));
        assert_eq!(read("12"), Json::Whole(12));
        assert_eq!(
            read("[Infinity,-Infinity]"),
            Json::Numbers(vec![f64::INFINITY, f64::NEG_INFINITY])
        );
    }

    #[test]
    fn objects_keep_all_but_what_is_skipped() {
        let found = read(
            "\u{feff}{\"a\": \"x\\n\\u00e9\\ud83d\\ude00\", \"face\": [1, {\"b\": 2}], \"c\": true}",
        );
        let wanted = vec![
            ("a".to_owned(), Json::Text("x\né😀".to_owned())),
            ("c".to_owned(), Json::Flag(true)),
        ];
        assert_eq!(found, Json::Object(wanted));
    }

    #[test]
    fn what_is_skipped_is_passed_over_to_its_end() {
        for value in ["[]", "[ 1, -2.5e3,\n4]", "[1, [2]]", "[\"]\", null]", "7", "{\"b\": [1]}"] {
            let text = format!("{{\"face\": {value} , \"a\": 1}}");
            let found = parse(text.as_bytes(), &["face"], &mut limits());
            assert_eq!(found, Ok(Json::Object(vec![("a".to_owned(), Json::Whole(1))])), "{value}");
        }
        for value in ["[1, 2", "[1, x]", "[NaNa]", "[1, 2}"] {
            let text = format!("{{\"face\": {value}, \"a\": 1}}");
            assert!(parse(text.as_bytes(), &["face"], &mut limits()).is_err(), "{value}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_place() {
        for text in [
            "",
            "{",
            "[1,",
            "[1 2]",
            "{\"a\" 1}",
            "{a: 1}",
            "01",
            "1.",
            "1e",
            ".5",
            "-",
            "+1",
            "-NaN",
            "nul",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "1 2",
            "[1,]",
            "{\"a\":1,}",
            "\"\u{1}\"",
            "[NaNa]",
        ] {
            assert_ne!(refused(text), "", "{text}");
        }
        assert_eq!(parse(b"[1, x]", &[], &mut limits()).map_err(|error| error.at), Err(4));
        assert_eq!(
            parse(b"\"\xff\"", &[], &mut limits()).map_err(|e| e.reason),
            Err("the text is not UTF-8")
        );
    }

    #[test]
    fn depth_and_size_are_limited() {
        assert_eq!(refused(&"[".repeat(100_000)), "arrays and objects are nested too deep");
        assert_eq!(refused(&"{\"a\":".repeat(100_000)), "arrays and objects are nested too deep");
        assert_eq!(refused(&format!("[{}1]", "1,".repeat(1001))), "too many numbers");
        assert_eq!(refused(&format!("[{}{{}}]", "{},".repeat(1001))), "too many values");
        assert_eq!(refused(&format!("[null{}]", ",1".repeat(1001))), "too many values");
        let mut left = limits();
        assert!(parse(b"{\"face\": [1, 2, 3], \"a\": [1, 2]}", &["face"], &mut left).is_ok());
        assert_eq!(left, Limits { values: 996, numbers: 998 });
        let mut left = limits();
        assert!(parse(b"[[1, 2], [3, 4], [5, 6]]", &[], &mut left).is_ok());
        assert_eq!(left, Limits { values: 999, numbers: 991 });
        assert_eq!(refused(&format!("[{}[]]", "[1],".repeat(501))), "too many numbers");
    }
}
