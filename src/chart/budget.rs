//! What one load may still read: counted over the chart and everything packed inside it.

use std::rc::Rc;

use super::error::LoadError;
use crate::limits::{Exceeded, Limits};

/// A file of a chart before it is known what it is for.
#[derive(Debug)]
pub(super) struct RawFile {
    /// Slash path inside the chart.
    pub(super) name: String,
    /// Path as shown to users.
    pub(super) shown: String,
    /// Content without a byte order mark.
    pub(super) bytes: Rc<[u8]>,
}

impl RawFile {
    pub(super) fn new(name: String, shown: String, bytes: &[u8]) -> Self {
        Self { name, shown, bytes: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).into() }
    }
}

/// Counters of one load.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    pub(super) limits: &'a Limits,
    bytes: u64,
    /// Bytes of unpacked archives, headers included.
    pub(super) unpacked: u64,
    entries: u64,
    subcharts: u64,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, bytes: 0, unpacked: 0, entries: 0, subcharts: 0 }
    }

    /// Counts a file, folder or archive entry and checks its path.
    pub(super) fn entry(&mut self, name: &str, shown: &str) -> Result<(), LoadError> {
        self.entries += 1;
        let depth = name.matches('/').count() as u64;
        Exceeded::check("chart-files", self.entries, self.limits.chart_files)
            .and_then(|()| Exceeded::check("path-bytes", name.len() as u64, self.limits.path_bytes))
            .and_then(|()| Exceeded::check("path-depth", depth, self.limits.path_depth))
            .map_err(|exceeded| LoadError::limit(shown, exceeded))
    }

    /// Checks the size of a file before it is read.
    pub(super) fn size(&self, shown: &str, size: u64) -> Result<(), LoadError> {
        Exceeded::check("file-bytes", size, self.limits.file_bytes)
            .and_then(|()| Exceeded::check("chart-bytes", self.bytes.saturating_add(size), self.limits.chart_bytes))
            .map_err(|exceeded| LoadError::limit(shown, exceeded))
    }

    /// Counts the bytes of a file.
    pub(super) fn read(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Counts a chart inside a chart that has `depth` charts around it.
    pub(super) fn subchart(&mut self, shown: &str, depth: u64) -> Result<(), LoadError> {
        self.subcharts += 1;
        Exceeded::check("subchart-depth", depth, self.limits.subchart_depth)
            .and_then(|()| Exceeded::check("subcharts", self.subcharts, self.limits.subcharts))
            .map_err(|exceeded| LoadError::limit(shown, exceeded))
    }
}
