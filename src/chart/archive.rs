//! Chart archives: gzipped tar files, read as a stream under every budget there is.
//!
//! Names are checked as Helm checks them. Links, devices and sparse files, which Helm takes for empty files, are refused.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;

use super::budget::{Budget, RawFile};
use super::error::LoadError;
use crate::limits::Exceeded;

const MIB: u64 = 1 << 20;

/// Reads all files of an archive. `shown` is the path of the archive as users know it.
pub(super) fn read(packed: &[u8], shown: &str, budget: &mut Budget<'_>) -> Result<Vec<RawFile>, LoadError> {
    Exceeded::check("archive-bytes", packed.len() as u64, budget.limits.archive_bytes)
        .map_err(|exceeded| LoadError::limit(shown, exceeded))?;
    check_type(packed, shown)?;
    let mut archive = tar::Archive::new(Unpacked::new(packed, budget));
    let files = read_entries(&mut archive, shown, budget);
    budget.unpacked = archive.into_inner().total();
    let files = files?;
    if files.is_empty() {
        return Err(LoadError::new(shown, "no files in chart archive"));
    }
    Ok(files)
}

fn read_entries(
    archive: &mut tar::Archive<Unpacked<'_>>,
    shown: &str,
    budget: &mut Budget<'_>,
) -> Result<Vec<RawFile>, LoadError> {
    let mut files: Vec<RawFile> = Vec::new();
    let mut bytes = Vec::new();
    let fail = |error: io::Error| broken(shown, &error);
    for entry in archive.entries().map_err(fail)? {
        let mut entry = entry.map_err(fail)?;
        let kind = entry.header().entry_type();
        let full = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir() || full.ends_with('/') || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            budget.entry("", shown)?;
            continue;
        }
        let name = inner_name(&full).map_err(|message| LoadError::new(shown, message))?;
        let shown_file = format!("{shown}:{}", full.replace('\\', "/"));
        budget.entry(&name, &shown_file)?;
        if !(kind.is_file() || kind.is_contiguous()) {
            let message = format!("archive entry {full:?} is not a regular file");
            return Err(LoadError::new(shown, message).hint("pack the file itself instead of a link or device"));
        }
        if is_ambiguous(&mut entry) {
            return Err(LoadError::new(shown, format!("the headers of archive entry {full:?} contradict each other")));
        }
        budget.size(&shown_file, entry.size())?;
        bytes.clear();
        (&mut entry).take(budget.limits.file_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(fail)?;
        budget.size(&shown_file, bytes.len() as u64)?;
        budget.read(bytes.len());
        files.push(RawFile::new(name, shown_file, &bytes));
    }
    Ok(files)
}

/// Whether readers of archives disagree on what the entry holds: its extended header names another size than its header,
/// makes it sparse or cannot be read.
fn is_ambiguous(entry: &mut tar::Entry<'_, Unpacked<'_>>) -> bool {
    let size = entry.header().entry_size().ok();
    match entry.pax_extensions() {
        Ok(Some(mut extensions)) => extensions.any(|extension| {
            extension.map_or(true, |extension| {
                let value = extension.value().ok().and_then(|value| value.parse().ok());
                extension.key_bytes().starts_with(b"GNU.sparse.") || extension.key_bytes() == b"size" && value != size
            })
        }),
        Ok(None) => false,
        Err(_) => true,
    }
}

fn broken(shown: &str, error: &io::Error) -> LoadError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Exceeded>()) {
        Some(exceeded) => LoadError::limit(shown, *exceeded),
        None => LoadError::new(shown, format!("unable to load chart archive: {error}")),
    }
}

fn check_type(packed: &[u8], shown: &str) -> Result<(), LoadError> {
    if packed.starts_with(b"\x1f\x8b\x08") {
        return Ok(());
    }
    if shown.ends_with(".yml") || shown.ends_with(".yaml") {
        let message = format!("file '{shown}' seems to be a YAML file, but expected a gzipped archive");
        return Err(LoadError::new(shown, message));
    }
    let head = packed.get(..512).unwrap_or(packed);
    let binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let found = if head.starts_with(b"PK\x03\x04") {
        "application/zip"
    } else if head.iter().any(binary) || packed.len() < 512 {
        // Helm sniffs a buffer of 512 bytes, which a shorter file leaves filled with NUL.
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    };
    let message = format!("file '{shown}' does not appear to be a gzipped archive; got '{found}'");
    Err(LoadError::new(shown, message))
}

/// The path below the chart's own folder, whose name does not matter.
fn inner_name(full: &str) -> Result<String, String> {
    let delimiter = if full.contains('\\') { '\\' } else { '/' };
    let (first, rest) = full.split_once(delimiter).unwrap_or((full, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let name = clean(&rest);
    if name.is_empty() {
        return Err(format!("chart illegally contains content outside the base directory: {full:?}"));
    }
    if name.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    let drive = name.as_bytes();
    if drive.first().is_some_and(u8::is_ascii_alphabetic) && drive.get(1..3) == Some(b":/") {
        return Err("chart contains illegally named files".to_owned());
    }
    if first == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(name)
}

/// A relative path without `.`, `..` (but leading ones) and empty parts; empty for the folder itself.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The unpacked stream, stopped at the first byte over a budget: whatever headers claim, nothing is read without being counted.
struct Unpacked<'a> {
    inner: MultiGzDecoder<&'a [u8]>,
    packed: u64,
    /// What archives before this one unpacked to.
    before: u64,
    unpacked: u64,
    ratio: u64,
    most: u64,
}

impl<'a> Unpacked<'a> {
    fn new(packed: &'a [u8], budget: &Budget<'_>) -> Self {
        let limits = budget.limits;
        // Headers and padding come on top of the files: at most 2 KiB for each of them.
        let most = limits.chart_bytes.saturating_add(limits.chart_files.saturating_mul(2_048)).saturating_add(MIB);
        let ratio = limits.archive_ratio;
        let (inner, packed, before) = (MultiGzDecoder::new(packed), packed.len() as u64, budget.unpacked);
        Self { inner, packed, before, unpacked: 0, ratio, most }
    }

    fn total(&self) -> u64 {
        self.before.saturating_add(self.unpacked)
    }

    fn check(&self) -> Result<(), Exceeded> {
        let counted = self.unpacked.saturating_sub(MIB);
        let allowed = self.ratio.saturating_mul(self.packed);
        if counted > allowed {
            return Err(Exceeded { name: "archive-ratio", limit: self.ratio });
        }
        Exceeded::check("chart-bytes", self.total(), self.most)
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.unpacked = self.unpacked.saturating_add(read as u64);
        self.check().map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::limits::Limits;

    /// A gzipped tar of files; names are written as they are.
    pub(in crate::chart) fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn read_with(limits: &Limits, packed: &[u8]) -> Result<Vec<RawFile>, LoadError> {
        read(packed, "x.tgz", &mut Budget::new(limits))
    }

    fn exceeded(limits: &Limits, packed: &[u8]) -> Option<&'static str> {
        read_with(limits, packed).err().and_then(|error| error.limit).map(|limit| limit.name)
    }

    #[test]
    fn drops_the_first_folder_and_the_byte_order_mark() {
        let packed = pack(&[("x/Chart.yaml", b"\xef\xbb\xbfname: x"), ("x\\templates\\a.yaml", b"a")]);
        let files = read_with(&Limits::default(), &packed).unwrap();
        let names: Vec<_> = files.iter().map(|file| (&*file.name, &*file.shown, &*file.bytes)).collect();
        assert_eq!(
            names,
            [
                ("Chart.yaml", "x.tgz:x/Chart.yaml", &b"name: x"[..]),
                ("templates/a.yaml", "x.tgz:x/templates/a.yaml", &b"a"[..])
            ]
        );
    }

    #[test]
    fn refuses_names_that_leave_the_chart() {
        let names = [
            "../../x",
            "/foo/../../x",
            "/../../x",
            "./../../x",
            "./.",
            "/./.",
            "missing-leading-slash",
            "//foo",
            "///foo",
            "\\\\foo",
            "\\..\\..\\foo",
            "\\.\\c:\\\\foo",
            "/./c://foo",
            "\\\\?\\Some\\windows\\magic",
            "Chart.yaml/x",
        ];
        for name in names {
            assert!(read_with(&Limits::default(), &pack(&[(name, b"x")])).is_err(), "{name}");
        }
    }

    #[test]
    fn refuses_links_and_devices() {
        for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Char, tar::EntryType::Fifo] {
            let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_path("x/link").unwrap();
            header.set_size(0);
            header.set_cksum();
            builder.append(&header, &b""[..]).unwrap();
            let packed = builder.into_inner().unwrap().finish().unwrap();
            let error = read_with(&Limits::default(), &packed).unwrap_err();
            assert!(error.message.contains("not a regular file"), "{error}");
        }
    }

    #[test]
    fn refuses_headers_that_contradict_each_other() {
        let read = |records: &[(&str, &[u8])]| {
            let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
            builder.append_pax_extensions(records.iter().copied()).unwrap();
            let mut header = tar::Header::new_ustar();
            header.set_path("x/a").unwrap();
            header.set_size(3);
            header.set_cksum();
            builder.append(&header, &b"abc"[..]).unwrap();
            let packed = builder.into_inner().unwrap().finish().unwrap();
            read_with(&Limits::default(), &packed).map(|files| files.len()).map_err(|error| error.message)
        };
        assert_eq!(read(&[("mtime", b"1.5"), ("size", b"3")]), Ok(1));
        for records in [("size", &b"2"[..]), ("size", b"x"), ("GNU.sparse.major", b"1")] {
            assert!(read(&[records]).is_err(), "{records:?}");
        }
    }

    #[test]
    fn archives_in_one_chart_share_a_budget() {
        let packed = pack(&[("x/a", &[b'a'; 600])]);
        let limits = Limits { chart_bytes: 3_000, chart_files: 0, ..Limits::default() };
        let mut budget = Budget::new(&limits);
        budget.unpacked = MIB;
        let stop = |budget: &mut Budget<'_>| read(&packed, "x.tgz", budget).unwrap_err().limit.unwrap().name;
        assert_eq!(stop(&mut budget), "chart-files");
        assert!(budget.unpacked > MIB);
        budget.unpacked = MIB + 3_000;
        assert_eq!(stop(&mut budget), "chart-bytes");
    }

    #[test]
    fn says_what_is_no_archive() {
        let error = |name: &str, bytes: &[u8]| read(bytes, name, &mut Budget::new(&Limits::default())).unwrap_err();
        assert_eq!(
            error("a.yaml", b"a: 1").message,
            "file 'a.yaml' seems to be a YAML file, but expected a gzipped archive"
        );
        let text = "file 'a.tgz' does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'";
        assert_eq!(error("a.tgz", &b"text\n".repeat(200)).message, text);
        assert!(error("a.tgz", b"\x1f\x8b\x08").message.starts_with("unable to load chart archive"));
        let packed = pack(&[]);
        assert_eq!(error("a.tgz", &packed).message, "no files in chart archive");
    }

    #[test]
    fn every_budget_stops_one_over() {
        let two = pack(&[("x/a", &[b'a'; 100]), ("x/b", &[b'b'; 100])]);
        for (limit, name) in [(101, None), (100, None), (99, Some("file-bytes"))] {
            assert_eq!(exceeded(&Limits { file_bytes: limit, ..Limits::default() }, &two), name);
        }
        for (limit, name) in [(201, None), (200, None), (199, Some("chart-bytes"))] {
            assert_eq!(exceeded(&Limits { chart_bytes: limit, ..Limits::default() }, &two), name);
        }
        for (limit, name) in [(3, None), (2, None), (1, Some("chart-files"))] {
            assert_eq!(exceeded(&Limits { chart_files: limit, ..Limits::default() }, &two), name);
        }
        let size = two.len() as u64;
        for (limit, name) in [(size + 1, None), (size, None), (size - 1, Some("archive-bytes"))] {
            assert_eq!(exceeded(&Limits { archive_bytes: limit, ..Limits::default() }, &two), name);
        }
        let deep = pack(&[("x/a/b/c", b"")]);
        for (limit, name) in [(3, None), (2, None), (1, Some("path-depth"))] {
            assert_eq!(exceeded(&Limits { path_depth: limit, ..Limits::default() }, &deep), name);
        }
        for (limit, name) in [(6, None), (5, None), (4, Some("path-bytes"))] {
            assert_eq!(exceeded(&Limits { path_bytes: limit, ..Limits::default() }, &deep), name);
        }
    }

    #[test]
    fn a_bomb_is_stopped_by_its_ratio() {
        let bomb = pack(&[("x/zeros", &vec![0; 4 << 20])]);
        let counted = (3 << 20) + 512 * 3;
        let ratio = counted / bomb.len() as u64;
        for (limit, name) in [(ratio + 2, None), (ratio + 1, None), (ratio - 1, Some("archive-ratio"))] {
            assert_eq!(exceeded(&Limits { archive_ratio: limit, ..Limits::default() }, &bomb), name);
        }
        let mut twice = bomb.clone();
        twice.extend_from_slice(&bomb);
        assert!(read_with(&Limits { archive_ratio: 10, ..Limits::default() }, &twice).is_err());
    }
}
