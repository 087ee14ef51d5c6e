//! What Go's parsers say of a text, for those who only ask whether it is a pattern, a date or a URL.

use super::{date, regex_syntax, url};

/// Whether a text is a pattern of Go's `regexp`.
///
/// # Errors
/// Go's message.
pub fn regex(text: &str) -> Result<(), String> {
    regex_syntax::translate(text.as_bytes()).map(drop)
}

/// Whether a text is a date as `2006-01-02`.
///
/// # Errors
/// Go's message.
pub fn date(text: &str) -> Result<(), String> {
    date::read(b"2006-01-02", text.as_bytes(), &jiff::tz::TimeZone::UTC).map(drop)
}

/// Scheme and host (with port and brackets) of a URL.
///
/// # Errors
/// Go's message.
pub fn url(text: &str) -> Result<(String, String), String> {
    let url = url::parse(text.as_bytes())?;
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((lossy(&url.scheme), lossy(&url.host)))
}
