//! `-o FORMAT[=FILE]`: which reports to write, and where to.

use std::path::PathBuf;

use chartsec::report::Format;

use chartsec::suggest::nearest;

/// One report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// Standard output when there is none.
    pub(crate) file: Option<PathBuf>,
}

/// Reads one `FORMAT[=FILE]`.
pub(crate) fn parse(argument: &str) -> Result<Output, String> {
    let (name, file) = argument.split_once('=').map_or((argument, None), |(name, file)| (name, Some(file)));
    let names = Format::ALL.map(Format::name);
    let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) else {
        let known = names.join(", ");
        let tip = nearest(name, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("unknown format `{name}`, expected one of: {known}{tip}"));
    };
    match file {
        Some("") => Err(format!("no file behind `{name}=`")),
        Some("-") | None => Ok(Output { format, file: None }),
        Some(file) => Ok(Output { format, file: Some(file.into()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_with_and_without_files() {
        let json = |file: Option<&str>| Ok(Output { format: Format::Json, file: file.map(Into::into) });
        assert_eq!(parse("json"), json(None));
        assert_eq!(parse("json=-"), json(None));
        assert_eq!(parse("json=a=b.json"), json(Some("a=b.json")));
        assert!(parse("json=").is_err());
        assert_eq!(
            parse("jsn").unwrap_err(),
            "unknown format `jsn`, expected one of: text, json, markdown, sarif, github, gitlab, junit; did you mean `json`?"
        );
    }
}
