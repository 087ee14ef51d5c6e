//! The verbs, flags, widths and precisions of `fmt`: Go's `fmt/print.go` and `fmt/format.go`.

use super::chars;
use super::float;
use super::format::{Piece, Printed, duration};
use super::quote;
use crate::limits::{Exceeded, Limits};
use crate::value::{IntType, Struct, Value};

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    plus_v: bool,
    sharp_v: bool,
}

/// Writes one text.
pub(super) struct Printer<'a> {
    out: Printed,
    flags: Flags,
    /// Methods are not asked while a bad verb is being told.
    erroring: bool,
    /// The argument that is being printed.
    argument: usize,
    /// Range in the output that holds the string argument byte for byte.
    verbatim: Option<(usize, usize)>,
    exceeded: Option<Exceeded>,
    limits: &'a Limits,
}

/// Go refuses widths and precisions over this.
const TOO_LARGE: i64 = 1_000_000;

/// What stands for an address, which differs from run to run in Go.
const ADDRESS: u64 = 0xc0_0000_0000;

impl<'a> Printer<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        let out = Printed::default();
        let flags = Flags::default();
        Self { out, flags, erroring: false, argument: 0, verbatim: None, exceeded: None, limits }
    }

    pub(super) fn finish(self) -> Result<Printed, Exceeded> {
        match self.exceeded {
            Some(exceeded) => Err(exceeded),
            None => Ok(self.out),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8], piece: Piece) {
        self.push(bytes);
        self.piece(piece);
    }

    fn piece(&mut self, piece: Piece) {
        let end = self.out.bytes.len();
        if self.out.pieces.last().map_or(0, |(end, _)| *end) < end {
            self.out.pieces.push((end, piece));
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let length = self.out.bytes.len().saturating_add(bytes.len());
        match Exceeded::check("string-bytes", length as u64, self.limits.string_bytes) {
            Ok(()) => self.out.bytes.extend_from_slice(bytes),
            Err(exceeded) => self.exceeded = Some(exceeded),
        }
    }

    fn push_str(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    fn push_char(&mut self, char: char) {
        self.push(char.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// An operand of `print`.
    pub(super) fn arg(&mut self, index: usize, arg: &Value) {
        self.verb(index, arg, 'v');
    }

    /// Prints an argument and records where its bytes come from.
    fn verb(&mut self, index: usize, arg: &Value, verb: char) {
        self.verbatim = None;
        self.argument = index;
        self.print_arg(arg, verb);
        if let Some((start, end)) = self.verbatim.take().filter(|_| matches!(arg, Value::Str(..))) {
            let before = self.out.pieces.last().map_or(0, |(end, _)| *end);
            if before < start {
                self.out.pieces.push((start, Piece::Made(index)));
            }
            if start < end {
                self.out.pieces.push((end, Piece::Verbatim(index, 0)));
            }
        }
        // Brackets, keys and the names of types are the same whatever the items are.
        let around = matches!(arg, Value::List(..) | Value::Map(..)) || verb == 'T';
        self.piece(if around { Piece::Around(index) } else { Piece::Made(index) });
    }

    /// Prints an item of an argument and records where its bytes come from.
    fn item(&mut self, item: &Value, verb: char, depth: u64) {
        if matches!(item, Value::List(..) | Value::Map(..) | Value::Struct(..)) {
            return self.print_value(item, verb, depth);
        }
        self.piece(Piece::Around(self.argument));
        let start = self.out.bytes.len();
        self.print_value(item, verb, depth);
        match item.as_text().map(|text| (text.len(), text.runs())) {
            Some((length, runs)) if item.mark().is_none() && self.out.bytes.len() == start + length => {
                self.out.pieces.extend(runs.iter().map(|run| (start + run.end as usize, Piece::Of(run.mark))));
            }
            _ if item.mark().is_none() => {}
            _ => self.piece(Piece::Of(item.mark())),
        }
    }

    // The format string.

    pub(super) fn printf(&mut self, format: &[u8], args: &[Value]) {
        let mut at = 0;
        let mut next = 0;
        let mut reordered = false;
        while at < format.len() && self.exceeded.is_none() {
            let literal = format[at..].iter().position(|byte| *byte == b'%').unwrap_or(format.len() - at);
            self.write(&format[at..at + literal], Piece::Format(at));
            at += literal;
            if at >= format.len() {
                break;
            }
            let mut directive = Directive { format, args, at: at + 1, next, good: true, reordered };
            self.directive(&mut directive);
            (at, next, reordered) = (directive.at, directive.next, directive.reordered);
        }
        if !reordered && next < args.len() {
            self.extra(args, next);
        }
    }

    fn extra(&mut self, args: &[Value], next: usize) {
        self.flags = Flags::default();
        self.write(b"%!(EXTRA ", Piece::Written);
        for (index, arg) in args.iter().enumerate().skip(next) {
            if index > next {
                self.write(b", ", Piece::Written);
            }
            self.push_str(arg.type_name());
            if !arg.is_nil() {
                self.push(b"=");
                self.piece(Piece::Written);
                self.verb(index, arg, 'v');
            }
        }
        self.write(b")", Piece::Written);
    }

    /// One directive behind its `%`.
    fn directive(&mut self, directive: &mut Directive<'_>) {
        self.flags = Flags::default();
        while let Some(byte) = directive.peek() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            directive.at += 1;
        }
        let mut after_index = directive.arg_number();
        if directive.accept(b'*') {
            let width = directive.int_arg();
            if width.is_none() {
                self.write(b"%!(BADWIDTH)", Piece::Written);
            }
            if width.is_some_and(|width| width < 0) {
                self.flags.minus = true;
                self.flags.zero = false;
            }
            self.flags.width = width.and_then(|width| usize::try_from(width.unsigned_abs()).ok());
            after_index = false;
        } else {
            self.flags.width = directive.number();
            if after_index && self.flags.width.is_some() {
                directive.good = false;
            }
        }
        if directive.at + 1 < directive.format.len() && directive.accept(b'.') {
            if after_index {
                directive.good = false;
            }
            after_index = directive.arg_number();
            if directive.accept(b'*') {
                self.flags.precision = directive.int_arg().and_then(|precision| usize::try_from(precision).ok());
                if self.flags.precision.is_none() {
                    self.write(b"%!(BADPREC)", Piece::Written);
                }
                after_index = false;
            } else {
                self.flags.precision = Some(directive.number().unwrap_or(0));
            }
        }
        if !after_index {
            directive.arg_number();
        }
        let (verb, width) = chars::decode(directive.format.get(directive.at..).unwrap_or_default());
        if width == 0 {
            self.write(b"%!(NOVERB)", Piece::Written);
            return;
        }
        directive.at += width;
        match verb {
            '%' => self.write(b"%", Piece::Written),
            _ if !directive.good => self.write(format!("%!{verb}(BADINDEX)").as_bytes(), Piece::Written),
            _ => match directive.args.get(directive.next) {
                None => self.write(format!("%!{verb}(MISSING)").as_bytes(), Piece::Written),
                Some(arg) => {
                    if matches!(verb, 'v' | 'w') {
                        self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
                        self.flags.plus_v = std::mem::take(&mut self.flags.plus);
                    }
                    self.verb(directive.next, arg, verb);
                    directive.next += 1;
                }
            },
        }
    }

    // Values.

    fn print_arg(&mut self, arg: &Value, verb: char) {
        match (arg, verb) {
            (Value::Nil(_), 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil(_), _) => {
                self.push_str("%!");
                self.push_char(verb);
                self.push_str("(<nil>)");
            }
            (_, 'T') => self.string(arg.type_name().as_bytes()),
            (_, 'p') => self.pointer(arg, verb),
            (Value::Str(_, text), 's' | 'v') if !self.flags.sharp_v => {
                let bytes = self.truncated(text.as_bytes());
                let start = self.out.bytes.len() + self.padding(bytes).map_or(0, |(before, _)| before);
                self.pad(bytes);
                if self.exceeded.is_none() {
                    self.verbatim = Some((start, start + bytes.len()));
                }
            }
            (Value::Bytes(_, text), 'v' | 'd') => self.bytes(text.as_bytes(), verb),
            _ => self.print_value(arg, verb, 0),
        }
    }

    fn bad_verb(&mut self, arg: &Value, verb: char) {
        self.push_str("%!");
        self.push_char(verb);
        self.push_str("(");
        self.push_str(arg.type_name());
        self.push_str("=");
        self.erroring = true;
        self.print_arg(arg, 'v');
        self.erroring = false;
        self.verbatim = None;
        self.push_str(")");
    }

    /// What a method `String` or `Error` returns.
    fn stringer(arg: &Value) -> Option<String> {
        match arg {
            Value::Int(_, IntType::Duration, nanoseconds) => Some(duration(*nanoseconds)),
            Value::Struct(_, of) => of.printed.clone(),
            _ => None,
        }
    }

    fn print_value(&mut self, value: &Value, verb: char, depth: u64) {
        if let Err(exceeded) = Exceeded::check("value-depth", depth, self.limits.value_depth) {
            self.exceeded = Some(exceeded);
        }
        if self.exceeded.is_some() {
            return;
        }
        if !self.erroring {
            if verb == 'w' {
                return self.bad_verb(value, verb);
            }
            if !self.flags.sharp_v
                && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
                && let Some(text) = Self::stringer(value)
            {
                return self.string_verb(text.as_bytes(), value, verb);
            }
        }
        match value {
            Value::Nil(_) if self.flags.sharp_v => self.push_str("interface {}(nil)"),
            Value::Nil(_) => self.push_str("<nil>"),
            Value::Bool(_, value_) => match verb {
                't' | 'v' => self.pad(if *value_ { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(_, of, int) => self.int_verb(*int, !of.unsigned(), value, verb),
            Value::Float(_, float) => self.float_verb(*float, value, verb),
            Value::Str(_, text) => self.string_verb(text.as_bytes(), value, verb),
            Value::Bytes(_, text) if matches!(verb, 's' | 'q' | 'x' | 'X') => {
                self.string_verb(text.as_bytes(), value, verb);
            }
            Value::Bytes(_, text) => {
                let items = text.as_bytes().iter();
                self.sequence(
                    "[]uint8",
                    items.map(|byte| Value::Int(value.mark(), IntType::Uint8, i64::from(*byte))),
                    verb,
                    depth,
                );
            }
            Value::List(_, list) => self.sequence(list.of.name(), list.items().iter().cloned(), verb, depth),
            Value::Map(_, map) => {
                let (open, close, comma) = self.brackets(map.of.name(), "map[", true);
                self.push_str(&open);
                for (index, (key, item)) in map.entries().into_iter().enumerate() {
                    if index > 0 {
                        self.push_str(comma);
                    }
                    match key.text() {
                        Some(_) => self.item(&key.to_value(), verb, depth + 1),
                        None => self.print_value(&key.to_value(), verb, depth + 1),
                    }
                    self.push_str(":");
                    self.item(&item, verb, depth + 1);
                }
                self.push_str(close);
            }
            Value::Struct(_, of) if of.type_name.starts_with('*') => {
                if depth > 0 {
                    return self.pointer(value, verb);
                }
                self.push_str("&");
                self.structure(of, verb, depth);
            }
            Value::Struct(_, of) => self.structure(of, verb, depth),
        }
    }

    fn brackets(&self, type_name: &str, open: &str, map: bool) -> (String, &'static str, &'static str) {
        if self.flags.sharp_v {
            (format!("{type_name}{{"), "}", ", ")
        } else {
            (open.to_owned(), if map || open == "[" { "]" } else { "}" }, " ")
        }
    }

    fn sequence(&mut self, type_name: &str, items: impl Iterator<Item = Value>, verb: char, depth: u64) {
        let (open, close, comma) = self.brackets(type_name, "[", false);
        self.push_str(&open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.push_str(comma);
            }
            self.item(&item, verb, depth + 1);
            if self.exceeded.is_some() {
                return;
            }
        }
        self.push_str(close);
    }

    /// The fields of a structure, as an action prints what a pointer points to.
    pub(super) fn print_fields(&mut self, of: &Struct) {
        self.structure(of, 'v', 0);
    }

    fn structure(&mut self, of: &Struct, verb: char, depth: u64) {
        let (open, close, comma) = self.brackets(of.type_name.trim_start_matches('*'), "{", false);
        self.push_str(&open);
        for (index, (name, field)) in of.fields.iter().enumerate() {
            if index > 0 {
                self.push_str(comma);
            }
            if self.flags.plus_v || self.flags.sharp_v {
                self.push_str(name);
                self.push_str(":");
            }
            self.print_value(field, verb, depth + 1);
        }
        self.push_str(close);
    }

    fn pointer(&mut self, value: &Value, verb: char) {
        let pointer = match value {
            Value::Map(..) | Value::List(..) | Value::Bytes(..) => true,
            Value::Struct(_, of) => of.type_name.starts_with('*'),
            _ => false,
        };
        match verb {
            'p' | 'v' if pointer => {
                let sharp = self.flags.sharp;
                self.flags.sharp = !sharp;
                self.integer(i128::from(ADDRESS), 16, 'v', false);
                self.flags.sharp = sharp;
            }
            'b' | 'o' | 'd' | 'x' | 'X' if pointer => self.int_verb(ADDRESS.cast_signed(), false, value, verb),
            _ => self.bad_verb(value, verb),
        }
    }

    // Integers.

    fn int_verb(&mut self, int: i64, signed: bool, value: &Value, verb: char) {
        let wide = if signed { i128::from(int) } else { i128::from(int.cast_unsigned()) };
        let code = u32::try_from(wide).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        match verb {
            'v' if self.flags.sharp_v && !signed => {
                self.flags.sharp = true;
                self.integer(wide, 16, 'v', false);
                self.flags.sharp = false;
            }
            'v' | 'd' => self.integer(wide, 10, verb, false),
            'b' => self.integer(wide, 2, verb, false),
            'o' | 'O' => self.integer(wide, 8, verb, false),
            'x' => self.integer(wide, 16, verb, false),
            'X' => self.integer(wide, 16, verb, true),
            'c' => self.pad(code.encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                let quoted = quote::quote(code.encode_utf8(&mut [0; 4]).as_bytes(), '\'', self.flags.plus);
                self.pad(quoted.as_bytes());
            }
            'U' => self.unicode(int.cast_unsigned()),
            _ => self.bad_verb(value, verb),
        }
    }

    fn integer(&mut self, value: i128, base: u32, verb: char, upper: bool) {
        let flags = self.flags;
        let negative = value < 0;
        let size = value.unsigned_abs();
        if flags.precision == Some(0) && size == 0 {
            return self.spaces(flags.width.unwrap_or(0));
        }
        let zeros = match (flags.precision, flags.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => {
                width.saturating_sub(usize::from(negative || flags.plus || flags.space))
            }
            _ => 0,
        };
        let digits = match base {
            2 => format!("{size:b}"),
            8 => format!("{size:o}"),
            16 if upper => format!("{size:X}"),
            16 => format!("{size:x}"),
            _ => size.to_string(),
        };
        let mut text = String::new();
        if negative {
            text.push('-');
        } else if flags.plus {
            text.push('+');
        } else if flags.space {
            text.push(' ');
        }
        let missing = zeros.saturating_sub(digits.len());
        text.push_str(if verb == 'O' { "0o" } else { "" });
        text.push_str(match base {
            2 if flags.sharp => "0b",
            8 if flags.sharp && missing == 0 && !digits.starts_with('0') => "0",
            16 if flags.sharp && upper => "0X",
            16 if flags.sharp => "0x",
            _ => "",
        });
        text.extend(std::iter::repeat_n('0', missing));
        text.push_str(&digits);
        self.pad_spaces(text.as_bytes());
    }

    fn unicode(&mut self, code: u64) {
        let digits = self.flags.precision.filter(|precision| *precision > 4).unwrap_or(4);
        let written = format!("{code:X}");
        let mut text = String::from("U+");
        text.extend(std::iter::repeat_n('0', digits.saturating_sub(written.len())));
        text.push_str(&written);
        let char = u32::try_from(code).ok().and_then(char::from_u32).filter(|char| chars::is_print(*char));
        if let Some(char) = char.filter(|_| self.flags.sharp) {
            text.push_str(&format!(" '{char}'"));
        }
        self.pad_spaces(text.as_bytes());
    }

    // Floats.

    fn float_verb(&mut self, value: f64, arg: &Value, verb: char) {
        let (letter, precision) = match verb {
            'v' => (b'g', None),
            'b' => (b'b', None),
            'g' => (b'g', None),
            'G' => (b'G', None),
            'x' => (b'x', None),
            'X' => (b'X', None),
            'f' | 'F' => (b'f', Some(6)),
            'e' => (b'e', Some(6)),
            'E' => (b'E', Some(6)),
            _ => return self.bad_verb(arg, verb),
        };
        let flags = self.flags;
        let precision = flags.precision.or(precision);
        let mut number = float::format(value, letter, precision);
        if !matches!(number.first(), Some(b'-' | b'+')) {
            number.insert(0, b'+');
        }
        if flags.space && number.first() == Some(&b'+') && !flags.plus {
            number[0] = b' ';
        }
        if matches!(number.get(1), Some(b'I' | b'N')) {
            if number.get(1) == Some(&b'N') && !flags.space && !flags.plus {
                number.remove(0);
            }
            return self.pad_spaces(&number);
        }
        if flags.sharp && letter != b'b' {
            number = sharpen(&number, letter, precision);
        }
        if flags.plus || number.first() != Some(&b'+') {
            let missing = flags.width.unwrap_or(0).saturating_sub(number.len());
            if flags.zero && !flags.minus && missing > 0 {
                let (sign, digits) = number.split_at(1);
                self.push(sign);
                self.zeros(missing);
                self.push(digits);
                return;
            }
            return self.pad(&number);
        }
        self.pad(&number[1..]);
    }

    // Strings.

    fn string_verb(&mut self, text: &[u8], value: &Value, verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => self.string(text),
            'x' => self.hexadecimal(text, false),
            'X' => self.hexadecimal(text, true),
            'q' => self.quoted(text),
            _ => self.bad_verb(value, verb),
        }
    }

    fn bytes(&mut self, bytes: &[u8], verb: char) {
        let sharp = self.flags.sharp_v;
        self.push_str(if sharp { "[]byte{" } else { "[" });
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 {
                self.push_str(if sharp { ", " } else { " " });
            }
            let base = if sharp { 16 } else { 10 };
            self.flags.sharp = sharp;
            self.integer(i128::from(*byte), base, verb, false);
            self.flags.sharp = false;
        }
        self.push_str(if sharp { "}" } else { "]" });
    }

    fn truncated<'b>(&self, text: &'b [u8]) -> &'b [u8] {
        match self.flags.precision {
            Some(precision) if precision < text.len() => {
                let end: usize = chars::each(text).take(precision).map(|(_, part)| part.len()).sum();
                &text[..end]
            }
            _ => text,
        }
    }

    fn string(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        self.pad(text);
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.flags.sharp && quote::can_backquote(text) {
            let quoted = [b"`", text, b"`"].concat();
            return self.pad(&quoted);
        }
        let quoted = quote::quote(text, '"', self.flags.plus);
        let start = self.out.bytes.len() + self.padding(quoted.as_bytes()).map_or(0, |(before, _)| before) + 1;
        self.pad(quoted.as_bytes());
        if quoted.len() == text.len() + 2 && self.exceeded.is_none() {
            self.verbatim = Some((start, start + text.len()));
        }
    }

    fn hexadecimal(&mut self, text: &[u8], upper: bool) {
        let flags = self.flags;
        let text = &text[..flags.precision.unwrap_or(text.len()).min(text.len())];
        let prefix = if !flags.sharp {
            ""
        } else if upper {
            "0X"
        } else {
            "0x"
        };
        let mut out = String::with_capacity(text.len().saturating_mul(2));
        for (index, byte) in text.iter().enumerate() {
            if index == 0 || flags.space {
                out.push_str(if index > 0 { " " } else { "" });
                out.push_str(prefix);
            }
            out.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(out.as_bytes());
    }

    // Padding.

    /// Padding before and behind a text.
    fn padding(&self, text: &[u8]) -> Option<(usize, usize)> {
        let missing = self.flags.width?.saturating_sub(chars::count(text));
        Some(if self.flags.minus { (0, missing) } else { (missing, 0) })
    }

    fn pad(&mut self, text: &[u8]) {
        let (before, behind) = self.padding(text).unwrap_or((0, 0));
        if self.flags.zero {
            self.zeros(before);
        } else {
            self.spaces(before);
        }
        self.push(text);
        self.spaces(behind);
    }

    fn pad_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    fn spaces(&mut self, count: usize) {
        self.push(&vec![b' '; count]);
    }

    fn zeros(&mut self, count: usize) {
        self.push(&vec![b'0'; count]);
    }
}

/// `%#g` and its kin: a decimal point always, trailing zeros kept.
fn sharpen(number: &[u8], letter: u8, precision: Option<usize>) -> Vec<u8> {
    let hexadecimal = matches!(letter, b'x' | b'X');
    let mut digits = match letter {
        b'g' | b'G' | b'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let tail = number.iter().skip(1).position(|byte| match byte {
        b'p' | b'P' => true,
        b'e' | b'E' => !hexadecimal,
        _ => false,
    });
    let (head, tail) = number.split_at(tail.map_or(number.len(), |at| at + 1));
    let mut out = head.to_vec();
    let significant = head.iter().skip(1).filter(|byte| **byte != b'.').skip_while(|byte| **byte == b'0').count();
    digits = digits.saturating_sub(significant);
    if !head.contains(&b'.') {
        if head.len() == 2 && head.get(1) == Some(&b'0') {
            digits = digits.saturating_sub(1);
        }
        out.push(b'.');
    }
    out.resize(out.len() + digits, b'0');
    out.extend_from_slice(tail);
    out
}

/// The part of a format string that is being read.
struct Directive<'a> {
    format: &'a [u8],
    args: &'a [Value],
    at: usize,
    next: usize,
    good: bool,
    reordered: bool,
}

impl Directive<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Decimal digits; none, and the rest of the format skipped, when they are too many.
    fn number(&mut self) -> Option<usize> {
        let (number, any) = digits(self.format, &mut self.at, self.format.len());
        usize::try_from(number).ok().filter(|_| any)
    }

    /// An explicit index such as `[2]`; whether one was there.
    fn arg_number(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let close = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 3);
        let Some(close) = close else {
            self.at += 1;
            self.good = false;
            return false;
        };
        let end = self.at + close;
        let mut inner = self.at + 1;
        let (number, any) = digits(self.format, &mut inner, end);
        let read = any && inner == end;
        self.at = end + 1;
        let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        match index.filter(|index| read && *index < self.args.len()) {
            Some(index) => self.next = index,
            None => self.good = false,
        }
        read
    }

    /// A width or precision given as an argument.
    fn int_arg(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        match arg {
            Value::Int(_, _, value) if (-TOO_LARGE..=TOO_LARGE).contains(value) => Some(*value),
            _ => None,
        }
    }
}

fn digits(format: &[u8], at: &mut usize, end: usize) -> (i64, bool) {
    let (mut number, mut any) = (0i64, false);
    while *at < end
        && let Some(digit) = format.get(*at).filter(|byte| byte.is_ascii_digit())
    {
        if number > TOO_LARGE {
            *at = end;
            return (0, false);
        }
        number = number * 10 + i64::from(digit - b'0');
        any = true;
        *at += 1;
    }
    (number, any)
}
