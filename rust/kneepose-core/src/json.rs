//! Parser for JSON keypoint files. Arrays of numbers are stored as plain numbers, and memory is
//! limited.
//!
//! The parser accepts the output of Python's `json` module: RFC 8259, and `NaN`, `Infinity` and
//! `-Infinity`. A byte order mark is skipped.

use std::borrow::Cow;
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
/// Initial capacity of the buffer for an array of numbers: x, y and confidence of 25 keypoints.
/// Unit: count.
/// Source: derived: three numbers for each keypoint of OpenPose.
const USUAL_ROW: usize = 75;
/// Powers of ten that are exact in a double.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Factor of a number before up to seven more digits.
const TENS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

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
    let mut parser = Parser::of(bytes, skipped, limits);
    let value = parser.value(0)?;
    parser.end()?;
    Ok(value)
}

/// Reads the persons of one file of OpenPose without storing the rest of the file.
///
/// # Arguments
///
/// - `skipped`, `limits`: as in [`parse`]
/// - `each`: takes the numbers of a person's `pose_keypoints_2d`, of which there is at least one, and the
///   number in `person_id`, NaN where there is not one; false ends the reading
///
/// # Returns
///
/// False if the file has another form, or `each` said so. What was passed to it until then is no result.
///
/// # Errors
///
/// As in [`parse`], for what was read until then.
pub fn people(
    bytes: &[u8],
    skipped: &[&str],
    limits: &mut Limits,
    mut each: impl FnMut(&[f64], f64) -> bool,
) -> Parsed<bool> {
    let mut parser = Parser::of(bytes, skipped, limits);
    let is_whole = parser.people(&mut each)?;
    if is_whole {
        parser.end()?;
    }
    Ok(is_whole)
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

impl<'a> Parser<'a> {
    fn of(bytes: &'a [u8], skipped: &'a [&'a str], limits: &'a mut Limits) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { bytes, at, skipped, limits, keeps: true, row: Vec::new() }
    }

    /// Checks that nothing but space follows.
    fn end(&mut self) -> Parsed<()> {
        self.space();
        if self.at < self.bytes.len() {
            Err(self.error("more text after the value"))
        } else {
            Ok(())
        }
    }

    fn error(&self, reason: &'static str) -> JsonError {
        JsonError { at: self.at, reason }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        self.at = past_space(self.bytes, self.at);
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
            Some(b'"') => Ok(Json::Text(self.text()?.into_owned())),
            Some(b't') if self.word(b"true") => Ok(Json::Flag(true)),
            Some(b'f') if self.word(b"false") => Ok(Json::Flag(false)),
            Some(b'n') if self.word(b"null") => Ok(Json::Null),
            Some(_) => self.number(),
            None => Err(self.error("the text ends too early")),
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Json> {
        let mut members = Vec::new();
        self.members(depth, |parser, name| {
            let value = parser.value(depth + 1)?;
            if parser.keeps {
                members.push((name.into_owned(), value));
            }
            Ok(true)
        })?;
        Ok(Json::Object(members))
    }

    /// Reads an object. `member` reads the value of each name that is not skipped; if it returns false,
    /// reading stops.
    fn members(
        &mut self,
        depth: usize,
        mut member: impl FnMut(&mut Self, Cow<'a, str>) -> Parsed<bool>,
    ) -> Parsed<bool> {
        self.spend(2)?;
        self.at += 1;
        if self.take(b'}') {
            return Ok(true);
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.error("a name in quotes is missing"));
            }
            let name = if self.skipped_name() { None } else { Some(self.text()?) };
            if !self.take(b':') {
                return Err(self.error("a colon is missing"));
            }
            match name {
                Some(name) => {
                    if !member(self, name)? {
                        return Ok(false);
                    }
                }
                None if self.flat_array() => {}
                None => {
                    let kept = std::mem::replace(&mut self.keeps, false);
                    self.value(depth + 1)?;
                    self.keeps = kept;
                }
            }
            if self.take(b'}') {
                return Ok(true);
            }
            if !self.take(b',') {
                return Err(self.error("a comma or } is missing"));
            }
        }
    }

    /// Reads an object with one list of persons; false if the value has another form.
    fn people(&mut self, each: &mut impl FnMut(&[f64], f64) -> bool) -> Parsed<bool> {
        let mut lists = 0;
        let is_whole = self.next_is(b'{')?
            && self.members(0, |parser, name| {
                if name != "people" {
                    parser.value(1)?;
                    return Ok(true);
                }
                lists += 1;
                Ok(lists == 1 && parser.persons(each)?)
            })?;
        Ok(is_whole && lists == 1)
    }

    fn persons(&mut self, each: &mut impl FnMut(&[f64], f64) -> bool) -> Parsed<bool> {
        if !self.next_is(b'[')? {
            return Ok(false);
        }
        self.at += 1;
        if self.take(b']') {
            return Ok(true);
        }
        loop {
            if !self.next_is(b'{')? || !self.person(each)? {
                return Ok(false);
            }
            if self.take(b']') {
                return Ok(true);
            }
            if !self.take(b',') {
                return Err(self.error("a comma or ] is missing"));
            }
        }
    }

    fn person(&mut self, each: &mut impl FnMut(&[f64], f64) -> bool) -> Parsed<bool> {
        let (mut keypoints, mut id) = (None, f64::NAN);
        let is_whole = self.members(2, |parser, name| {
            match &*name {
                "pose_keypoints_2d" => keypoints = parser.numbers(3)?,
                "person_id" => {
                    id = match parser.value(3)? {
                        Json::Numbers(ids) if ids.len() == 1 => ids.first().copied(),
                        Json::Whole(id) => Some(id as f64),
                        Json::Real(id) => Some(id),
                        _ => None,
                    }
                    .unwrap_or(f64::NAN);
                }
                _ => drop(parser.value(3)?),
            }
            Ok(true)
        })?;
        let Some(keypoints) = keypoints.filter(|_| is_whole) else { return Ok(false) };
        let goes_on = keypoints.is_empty() || each(&keypoints, id);
        self.row = keypoints;
        Ok(goes_on)
    }

    /// True if the next value begins with `byte`; it then counts towards the limits.
    fn next_is(&mut self, byte: u8) -> Parsed<bool> {
        self.space();
        let is_next = self.peek() == Some(byte);
        self.spend(usize::from(is_next))?;
        Ok(is_next)
    }

    /// Reads an array of numbers, possibly empty; None for any other value.
    fn numbers(&mut self, depth: usize) -> Parsed<Option<Vec<f64>>> {
        if !self.next_is(b'[')? {
            self.value(depth)?;
            return Ok(None);
        }
        self.at += 1;
        if self.take(b']') {
            return Ok(Some(Vec::new()));
        }
        if self.plain_row()? {
            return Ok(Some(std::mem::take(&mut self.row)));
        }
        Ok(match self.rest_of_array(depth)? {
            Json::Numbers(values) => Some(values),
            _ => None,
        })
    }

    /// Skips the quoted text that comes next, if it is one of the names to skip.
    fn skipped_name(&mut self) -> bool {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let is_next =
            |name: &&&str| rest.get(name.len()) == Some(&b'"') && rest.starts_with(name.as_bytes());
        let found = self.skipped.iter().find(is_next);
        self.at += found.map_or(0, |name| name.len() + 2);
        found.is_some()
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
        if self.plain_row()? {
            return Ok(if self.keeps { Json::Numbers(self.row.clone()) } else { Json::Null });
        }
        self.rest_of_array(depth)
    }

    /// Reads the plain numbers at the start of an array into the row; true if the array ends there.
    fn plain_row(&mut self) -> Parsed<bool> {
        let (bytes, mut at) = (self.bytes, self.at);
        let most = if self.keeps { self.limits.numbers } else { usize::MAX };
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        row.reserve(USUAL_ROW);
        let ends = loop {
            at = past_space(bytes, at);
            let number = plain_number(bytes, at).or_else(|| long_number(bytes, at));
            let Some((number, end)) = number else { break Ok(false) };
            at = end;
            if row.len() == most {
                break Err("too many numbers");
            }
            if self.keeps {
                row.push(number);
            }
            at = past_space(bytes, at);
            match bytes.get(at) {
                Some(b',') => at += 1,
                Some(b']') => break Ok(true),
                _ => break Err("a comma or ] is missing"),
            }
        };
        self.at = at + usize::from(ends == Ok(true));
        self.limits.numbers -= row.len();
        self.row = row;
        ends.map_err(|reason| self.error(reason))
    }

    /// Reads the values of an array that follow those in the row.
    fn rest_of_array(&mut self, depth: usize) -> Parsed<Json> {
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

    fn text(&mut self) -> Parsed<Cow<'a, str>> {
        self.at += 1;
        let mut text = Cow::Borrowed("");
        loop {
            let rest: &'a [u8] = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(plain) = plain else {
                return Err(self.error("a text in quotes does not end"));
            };
            if self.keeps {
                let piece = rest.get(..plain).unwrap_or_default();
                let piece =
                    std::str::from_utf8(piece).map_err(|_| self.error("the text is not UTF-8"))?;
                if text.is_empty() {
                    text = Cow::Borrowed(piece);
                } else {
                    text.to_mut().push_str(piece);
                }
            }
            self.at += plain + 1;
            match rest.get(plain) {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.to_mut().push(self.escape()?),
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

/// Index after any whitespace.
#[inline(always)]
fn past_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// Value and end of a number without exponent, and with so few digits that its value is an exact
/// quotient. Otherwise None.
fn long_number(bytes: &[u8], at: usize) -> Option<(f64, usize)> {
    let rest = bytes.get(at..)?;
    let begin = usize::from(rest.first() == Some(&b'-'));
    let mut value = 0_u64;
    let mut digits_from = |from: usize| {
        let mut end = from;
        for byte in rest.get(from..).unwrap_or_default() {
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
    let value = value as f64 / power;
    Some((if begin == 1 { -value } else { value }, at + end))
}

/// Value and end of a number with at most seven digits before the point and at most seven after it.
/// The digits are read together, because their count varies and branches on it are often
/// mispredicted. None for other numbers, and within eight bytes of the end of the text.
#[inline(always)]
fn plain_number(bytes: &[u8], at: usize) -> Option<(f64, usize)> {
    let first = *bytes.get(at)?;
    let begin = at + usize::from(first == b'-');
    let (whole, mut value) = leading_digits(bytes, begin)?;
    let (mut end, mut power) = (begin + whole, 1.0);
    if bytes.get(end) == Some(&b'.') {
        let (places, more) = leading_digits(bytes, end + 1)?;
        end += 1 + places;
        value = value * TENS.get(places)? + more;
        power = *POWERS.get(places)?;
    }
    let quotient = value as f64 / power;
    let is_plain = (whole == 1 || bytes.get(begin) != Some(&b'0'))
        && !matches!(bytes.get(end), Some(b'e' | b'E'));
    is_plain.then_some((if first == b'-' { -quotient } else { quotient }, end))
}

/// Number of leading digits, from 1 to 7, and their value; None for other counts.
#[inline(always)]
fn leading_digits(bytes: &[u8], at: usize) -> Option<(usize, u64)> {
    let each = 0x0101_0101_0101_0101_u64;
    let eight = bytes.get(at..)?.first_chunk::<8>()?;
    // A digit becomes its value, below 10. In any other byte the highest bit is set; a carry can only
    // affect later bytes.
    let digits = u64::from_le_bytes(*eight) ^ (0x30 * each);
    let others = (digits.wrapping_add(0x76 * each) | digits) & (0x80 * each);
    let bits = others.trailing_zeros() & 0x78;
    if bits == 0 || bits == 64 {
        return None;
    }
    // Shift the last digit to the highest byte, with zeros before the first digit.
    let digits = digits << (64 - bits);
    // Join digits to pairs, pairs to groups of four, and these to one number.
    let pairs = (digits.wrapping_mul(10).wrapping_add(digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let eight = (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff;
    Some((bits as usize / 8, eight))
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
            let places = (digits % 12) as usize + 1;
            texts.push(format!("{:.places$}", digits as f64 / 1e12 - 1.0));
        }
        for text in texts {
            let want: f64 = text.parse().unwrap_or(f64::NAN);
            let Json::Real(found) = read(&text) else {
                assert_eq!(text, "a real number");
                continue;
            };
            assert_eq!(found.to_bits(), want.to_bits(), "{text}");
            // In an array, before other bytes, and at its end, which is that of the text.
            for array in [format!("[{text}, 7.5]"), format!("[ {text}]"), format!("[{text} ,-1 ]")]
            {
                let first = match read(&array) {
                    Json::Numbers(values) => values.first().map(|v| v.to_bits()),
                    _ => None,
                };
                assert_eq!(first, Some(want.to_bits()), "{array}");
            }
        }
    }

    type Person = (Vec<f64>, f64);

    /// Persons as [`people`] finds them; None where there is another form.
    fn found(text: &str) -> Parsed<Option<Vec<Person>>> {
        let mut persons = Vec::new();
        let each = |flat: &[f64], id| {
            persons.push((flat.to_vec(), id));
            true
        };
        let is_people = people(text.as_bytes(), &["face"], &mut limits(), each)?;
        Ok(is_people.then_some(persons))
    }

    #[test]
    fn persons_are_read_without_the_file() {
        let one = r#"{"version": 1.3, "people": [
            {"person_id": [4], "face": [1, 2], "pose_keypoints_2d": [1, 2.5, 1e0], "other": [[1], {}]},
            {"pose_keypoints_2d": [3,4,0], "person_id": -1, "face": {"a": []}},
            {"pose_keypoints_2d": []},
            {"pose_keypoints_2d": [9], "person_id": "x", "pose_keypoints_2d": [5]}], "more": null} "#;
        let persons = format!("{:?}", found(one));
        let wanted = "Ok(Some([([1.0, 2.5, 1.0], 4.0), ([3.0, 4.0, 0.0], -1.0), ([5.0], NaN)]))";
        assert_eq!(persons, wanted);
        assert_eq!(found("{\"people\": []}"), Ok(Some(vec![])));
        for other in [
            "[]",
            "7",
            "{}",
            "{\"people\": {}}",
            "{\"people\": [1]}",
            "{\"people\": [{}]}",
            "{\"people\": [], \"people\": []}",
            "{\"people\": [{\"pose_keypoints_2d\": [[1]]}]}",
            "{\"people\": [{\"pose_keypoints_2d\": [1, null]}]}",
            "{\"people\": [{\"pose_keypoints_2d\": 1}]}",
        ] {
            assert_eq!(found(other), Ok(None), "{other}");
        }
    }

    #[test]
    fn persons_are_refused_as_the_file_is() {
        let whole = r#"{"version": 1.3, "people": [{"person_id": [4], "face": [1, {"a": 2}], "x": "é\n",
            "pose_keypoints_2d": [1.25, -2, 3e2, NaN]}, {"pose_keypoints_2d": [0.5]}], "more": [[1], 2]}"#;
        assert!(found(whole).is_ok_and(|persons| persons.is_some()));
        let mut state = 5_u64;
        let mut refused = 0;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mut bytes = whole.as_bytes().to_vec();
            let at = (state >> 33) as usize % bytes.len();
            let other = b"{}[],:\"0e-. x\\".iter().cycle().nth((state >> 20) as usize % 14);
            match (state >> 62, bytes.get_mut(at)) {
                (0, _) => bytes.truncate(at),
                (1, _) => drop(bytes.remove(at)),
                (2, Some(byte)) => *byte = other.copied().unwrap_or_default(),
                (_, Some(byte)) => *byte ^= (state >> 12) as u8,
                _ => {}
            }
            let tree = parse(&bytes, &["face"], &mut limits());
            match people(&bytes, &["face"], &mut limits(), |_, _| true) {
                Ok(true) => assert!(tree.is_ok(), "{:?}", String::from_utf8_lossy(&bytes)),
                Ok(false) => {}
                Err(error) => assert_eq!(tree, Err(error), "{:?}", String::from_utf8_lossy(&bytes)),
            }
            refused += usize::from(tree.is_err());
        }
        assert!(refused > 5000);
        for most in 0..40 {
            let few = Limits { values: most, numbers: 1000 };
            let tree = parse(whole.as_bytes(), &["face"], &mut few.clone()).map(|_| true);
            assert_eq!(people(whole.as_bytes(), &["face"], &mut few.clone(), |_, _| true), tree);
            let few = Limits { values: 1000, numbers: most };
            let tree = parse(whole.as_bytes(), &["face"], &mut few.clone()).map(|_| true);
            assert_eq!(people(whole.as_bytes(), &["face"], &mut few.clone(), |_, _| true), tree);
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
