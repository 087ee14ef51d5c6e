//! The table of kinds, types and fields, and its form as bytes.
//!
//! Numbers are little endian. In order:
//!
//! | part | form |
//! |---|---|
//! | head | form (`u8`, [`Table::FORM`]), first minor version (`u8`), how many (`u8`) |
//! | texts | count (`u16`), then of each its length (`u8`) and its bytes |
//! | types | count (`u16`), then of each its name (`u16`, a text) and the number of its fields (`u16`) |
//! | fields | of all types one after the other, by name: name (`u16`), versions (`u16`), versions that demand it (`u16`), shape (`u8`), type (`u16`) |
//! | kinds | count (`u16`), then by API version and kind: API version (`u16`), kind (`u16`), versions (`u16`), type (`u16`) |
//!
//! Versions are a bit for each minor version, the lowest for the first.

use std::ops::{Range, RangeInclusive};
use std::sync::OnceLock;

static BYTES: &[u8] = include_bytes!("../../../schemas/kubernetes.bin");

/// The embedded table, read on first use.
#[must_use]
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // A test reads it, so that it cannot be anything else than a table.
    TABLE.get_or_init(|| Table::read(BYTES).unwrap_or_default())
}

/// Kinds, their types and the fields of these, of several minor versions.
#[derive(Debug, Default)]
pub struct Table {
    first: u32,
    count: u32,
    /// All texts, one behind the other.
    text: String,
    texts: Vec<Range<usize>>,
    types: Vec<TypeRow>,
    fields: Vec<FieldRow>,
    kinds: Vec<KindRow>,
}

/// Why bytes are no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no table of Kubernetes types: {0}")]
pub struct TableError(&'static str);

#[derive(Debug)]
struct TypeRow {
    name: u16,
    fields: Range<usize>,
}

#[derive(Clone, Copy, Debug)]
struct FieldRow {
    name: u16,
    versions: u16,
    required: u16,
    shape: Shape,
    of: u16,
}

#[derive(Clone, Copy, Debug)]
struct KindRow {
    api_version: u16,
    kind: u16,
    versions: u16,
    of: u16,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// One, or several of them.
    pub holder: Holder,
    /// What each of them is.
    pub scalar: Scalar,
}

/// How many values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The value itself.
    One,
    /// A sequence.
    List,
    /// A mapping from any key.
    Map,
    /// A mapping from any key to sequences.
    MapOfLists,
}

/// What a single value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Anything at all.
    Any,
    /// A string.
    String,
    /// A boolean.
    Bool,
    /// An integer of 32 bits.
    Int32,
    /// An integer of 64 bits.
    Int64,
    /// A number.
    Number,
    /// A string or an integer of 32 bits.
    IntOrString,
    /// A number, or a string such as `500m`.
    Quantity,
    /// Bytes in base64.
    Bytes,
    /// An object of a type of the table.
    Object,
}

const HOLDERS: [Holder; 4] = [Holder::One, Holder::List, Holder::Map, Holder::MapOfLists];
const SCALARS: [Scalar; 10] = [
    Scalar::Any,
    Scalar::String,
    Scalar::Bool,
    Scalar::Int32,
    Scalar::Int64,
    Scalar::Number,
    Scalar::IntOrString,
    Scalar::Quantity,
    Scalar::Bytes,
    Scalar::Object,
];

impl Shape {
    /// Its byte in the table: the holder in the upper half, the scalar in the lower one.
    #[must_use]
    pub fn code(self) -> u8 {
        (self.holder as u8) << 4 | self.scalar as u8
    }

    fn of_code(code: u8) -> Option<Self> {
        let (holder, scalar) = (*HOLDERS.get(usize::from(code >> 4))?, *SCALARS.get(usize::from(code & 15))?);
        Some(Self { holder, scalar })
    }
}

/// A kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind<'t> {
    table: &'t Table,
    row: &'t KindRow,
}

/// A type: the fields that an object may have.
#[derive(Clone, Copy, Debug)]
pub struct Type<'t> {
    table: &'t Table,
    number: u16,
    row: &'t TypeRow,
}

/// A field of a type.
#[derive(Clone, Copy, Debug)]
pub struct Field<'t> {
    table: &'t Table,
    row: &'t FieldRow,
}

impl Table {
    /// The form that this module reads.
    pub const FORM: u8 = 1;

    /// Reads a table.
    ///
    /// # Errors
    /// The bytes are no table of this form.
    pub fn read(bytes: &[u8]) -> Result<Self, TableError> {
        let mut reader = Reader(bytes);
        let table = Self::parse(&mut reader).ok_or(TableError("ends too soon"))?;
        if !reader.0.is_empty() { Err(TableError("goes on behind its end")) } else { Ok(table) }
    }

    fn parse(reader: &mut Reader<'_>) -> Option<Self> {
        if reader.byte()? != Self::FORM {
            return None;
        }
        let mut table = Self { first: reader.byte()?.into(), count: reader.byte()?.into(), ..Self::default() };
        let mut text = Vec::with_capacity(reader.0.len() / 2);
        for _ in 0..reader.number()? {
            let length = reader.byte()?;
            let start = text.len();
            text.extend_from_slice(reader.take(length.into())?);
            table.texts.push(start..text.len());
        }
        table.text = String::from_utf8(text).ok()?;
        let mut fields = 0;
        for _ in 0..reader.number()? {
            let (name, count) = (reader.number()?, reader.number()?);
            table.types.push(TypeRow { name, fields: fields..fields + usize::from(count) });
            fields += usize::from(count);
        }
        table.fields.reserve(fields);
        for _ in 0..fields {
            let (name, versions, required) = (reader.number()?, reader.number()?, reader.number()?);
            let (shape, of) = (Shape::of_code(reader.byte()?)?, reader.number()?);
            table.fields.push(FieldRow { name, versions, required, shape, of });
        }
        for _ in 0..reader.number()? {
            let (api_version, kind) = (reader.number()?, reader.number()?);
            table.kinds.push(KindRow { api_version, kind, versions: reader.number()?, of: reader.number()? });
        }
        Some(table)
    }

    /// The minor versions that it holds.
    #[must_use]
    pub fn minors(&self) -> RangeInclusive<u32> {
        self.first..=(self.first + self.count).saturating_sub(1)
    }

    /// Every kind, by API version and kind.
    pub fn kinds(&self) -> impl Iterator<Item = Kind<'_>> {
        self.kinds.iter().map(|row| Kind { table: self, row })
    }

    /// A kind, whatever the version.
    #[must_use]
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<Kind<'_>> {
        let key = |row: &KindRow| (self.text(row.api_version), self.text(row.kind));
        let at = self.kinds.binary_search_by(|row| key(row).cmp(&(api_version, kind))).ok()?;
        self.kinds.get(at).map(|row| Kind { table: self, row })
    }

    fn text(&self, number: u16) -> &str {
        let range = self.texts.get(usize::from(number)).cloned();
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    fn of(&self, number: u16) -> Option<Type<'_>> {
        self.types.get(usize::from(number)).map(|row| Type { table: self, number, row })
    }

    fn has(&self, versions: u16, minor: u32) -> bool {
        minor.checked_sub(self.first).is_some_and(|bit| bit < 16 && versions >> bit & 1 == 1)
    }

    /// The minor versions of a set, in order.
    fn versions(&self, versions: u16) -> Vec<u32> {
        self.minors().filter(|minor| self.has(versions, *minor)).collect()
    }
}

impl<'t> Kind<'t> {
    /// `apps/v1`.
    #[must_use]
    pub fn api_version(self) -> &'t str {
        self.table.text(self.row.api_version)
    }

    /// `Deployment`.
    #[must_use]
    pub fn name(self) -> &'t str {
        self.table.text(self.row.kind)
    }

    /// Its fields, if a minor version knows the kind.
    #[must_use]
    pub fn in_minor(self, minor: u32) -> Option<Type<'t>> {
        self.table.has(self.row.versions, minor).then(|| self.table.of(self.row.of)).flatten()
    }

    /// The minor versions that know it.
    #[must_use]
    pub fn versions(self) -> Vec<u32> {
        self.table.versions(self.row.versions)
    }
}

impl<'t> Type<'t> {
    /// `Container`.
    #[must_use]
    pub fn name(self) -> &'t str {
        self.table.text(self.row.name)
    }

    /// Its number in the table: types of different groups may have one name.
    #[must_use]
    pub fn number(self) -> u16 {
        self.number
    }

    /// The fields of one minor version, by name.
    pub fn fields(self, minor: u32) -> impl Iterator<Item = Field<'t>> {
        let rows = self.rows().iter().filter(move |row| self.table.has(row.versions, minor));
        rows.map(move |row| Field { table: self.table, row })
    }

    /// The fields without which the API server of a minor version refuses an object.
    pub fn required(self, minor: u32) -> impl Iterator<Item = Field<'t>> {
        let rows = self.rows().iter().filter(move |row| self.table.has(row.required, minor));
        rows.map(move |row| Field { table: self.table, row })
    }

    /// A field of one minor version.
    #[must_use]
    pub fn field(self, name: &str, minor: u32) -> Option<Field<'t>> {
        let row = self.named(name).find(|row| self.table.has(row.versions, minor))?;
        Some(Field { table: self.table, row })
    }

    /// The minor versions that have a field.
    #[must_use]
    pub fn versions(self, name: &str) -> Vec<u32> {
        self.table.versions(self.named(name).fold(0, |versions, row| versions | row.versions))
    }

    fn rows(self) -> &'t [FieldRow] {
        self.table.fields.get(self.row.fields.clone()).unwrap_or_default()
    }

    /// The rows of a name: several when its shape is not the same in all versions.
    fn named(self, name: &str) -> impl Iterator<Item = &'t FieldRow> {
        let rows = self.rows();
        let first = rows.partition_point(|row| self.table.text(row.name) < name);
        rows.get(first..).unwrap_or_default().iter().take_while(move |row| self.table.text(row.name) == name)
    }
}

impl<'t> Field<'t> {
    /// `containers`.
    #[must_use]
    pub fn name(self) -> &'t str {
        self.table.text(self.row.name)
    }

    /// What it holds.
    #[must_use]
    pub fn shape(self) -> Shape {
        self.row.shape
    }

    /// The type of the objects that it holds; `None` if it holds no objects.
    #[must_use]
    pub fn of(self) -> Option<Type<'t>> {
        if self.row.shape.scalar == Scalar::Object { self.table.of(self.row.of) } else { None }
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        bytes.try_into().ok().map(u16::from_le_bytes)
    }
}
