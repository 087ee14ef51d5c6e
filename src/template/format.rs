//! Go's `fmt` for values of templates: what an action prints, `print`, `println` and `printf`.

use super::verbs::Printer;
use crate::limits::{Exceeded, Limits};
use crate::origin::Mark;
use crate::value::{Native, Value};

pub use super::quote::{quote_go, quote_rune};

/// What an action prints for no value.
pub const NO_VALUE: &str = "<no value>";

/// Printed bytes and where they come from: each piece reaches from the end of the one before to its own end.
#[derive(Debug, Default)]
pub struct Printed {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// End and origin of each piece.
    pub pieces: Vec<(usize, Piece)>,
}

/// Where printed bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The format string, from this offset on.
    Format(usize),
    /// The string argument of this index, from this offset on, byte for byte.
    Verbatim(usize, usize),
    /// Made of the argument of this index.
    Made(usize),
    /// Made of what this names: something inside an argument.
    Of(Mark),
    /// Around what is inside the argument of this index: brackets, keys.
    Around(usize),
    /// Neither: padding and separators.
    Written,
}

/// What `{{ value }}` prints.
#[must_use]
pub fn print_value(value: &Value) -> Vec<u8> {
    print_limited(value, &Limits::default()).unwrap_or_default()
}

/// What `{{ value }}` prints, within limits.
///
/// # Errors
/// `Exceeded` when the text would be too long or the value is nested too deeply (or in itself).
pub fn print_limited(value: &Value, limits: &Limits) -> Result<Vec<u8>, Exceeded> {
    match value {
        Value::Nil(_) => return Ok(NO_VALUE.into()),
        Value::Str(_, text) => return Ok(text.as_bytes().to_vec()),
        // An action prints what a pointer points to, by methods of the pointer too.
        Value::Struct(_, of) => match (&of.printed, &of.native) {
            (None, Native::Addressed(text)) => return Ok(text.clone().into()),
            (None, _) if of.type_name.starts_with('*') => {
                let mut printer = Printer::new(limits);
                printer.print_fields(of);
                return printer.finish().map(|printed| printed.bytes);
            }
            _ => {}
        },
        _ => {}
    }
    sprint(std::slice::from_ref(value), limits).map(|printed| printed.bytes)
}

/// `fmt.Sprint`: a space between operands when neither is a string.
///
/// # Errors
/// `Exceeded` as for [`print_limited`].
pub fn sprint(args: &[Value], limits: &Limits) -> Result<Printed, Exceeded> {
    let mut printer = Printer::new(limits);
    let mut string_before = true;
    for (index, arg) in args.iter().enumerate() {
        let string = matches!(arg, Value::Str(..));
        if index > 0 && !string && !string_before {
            printer.write(b" ", Piece::Written);
        }
        printer.arg(index, arg);
        string_before = string;
    }
    printer.finish()
}

/// `fmt.Sprintln`: a space between all operands and a line break behind the last.
///
/// # Errors
/// `Exceeded` as for [`print_limited`].
pub fn sprintln(args: &[Value], limits: &Limits) -> Result<Printed, Exceeded> {
    let mut printer = Printer::new(limits);
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            printer.write(b" ", Piece::Written);
        }
        printer.arg(index, arg);
    }
    printer.write(b"\n", Piece::Written);
    printer.finish()
}

/// `fmt.Sprintf`, with the origin of each piece.
///
/// # Errors
/// `Exceeded` as for [`print_limited`].
pub fn printf(format: &[u8], args: &[Value], limits: &Limits) -> Result<Printed, Exceeded> {
    let mut printer = Printer::new(limits);
    printer.printf(format, args);
    printer.finish()
}

/// `fmt.Sprintf` within the default limits; nothing when they are exceeded.
#[must_use]
pub fn sprintf(format: &[u8], args: &[Value]) -> Vec<u8> {
    printf(format, args, &Limits::default()).unwrap_or_default().bytes
}

/// `%v` of a float64.
#[must_use]
pub fn float_g(value: f64) -> String {
    String::from_utf8(super::float::format(value, b'g', None)).unwrap_or_default()
}

/// `time.Duration.String`.
#[must_use]
pub fn duration(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let with_fraction = |unit: u64, digits: usize| {
        let fraction = format!("{:0digits$}", size % unit);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { String::new() } else { format!(".{fraction}") }
    };
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}{}µs", size / 1_000, with_fraction(1_000, 3)),
        1_000_000..1_000_000_000 => format!("{sign}{}{}ms", size / 1_000_000, with_fraction(1_000_000, 6)),
        _ => {
            let seconds = size / 1_000_000_000;
            let fraction = with_fraction(1_000_000_000, 9);
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{seconds}{fraction}s"),
                (0, _) => format!("{sign}{minutes}m{seconds}{fraction}s"),
                _ => format!("{sign}{hours}h{minutes}m{seconds}{fraction}s"),
            }
        }
    }
}
