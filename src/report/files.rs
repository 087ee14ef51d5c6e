//! The source and rendered lines that a report shows, looked up by the paths that findings name.

use std::collections::HashMap;
use std::rc::Rc;

use crate::secret::Hidden;
use crate::source::{SourceId, Sources};

/// Files by the path that findings name them under, and rendered files by chart, case and template.
#[derive(Debug, Default)]
pub struct Files {
    table: Sources,
    sources: HashMap<String, SourceId>,
    rendered: HashMap<(String, String, String), SourceId>,
    hidden: Hidden,
}

impl Files {
    /// No files: reports show places without their lines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; the first one of a path stays.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Rc<[u8]>>) {
        if !self.sources.contains_key(path) {
            let id = self.table.add(path, bytes);
            self.sources.insert(path.to_owned(), id);
        }
    }

    /// Adds every source of a table. Bytes are shared, not copied.
    pub fn extend(&mut self, sources: &Sources) {
        for id in (0..sources.len()).filter_map(|id| u32::try_from(id).ok()) {
            if let Some(source) = sources.get(SourceId(id)) {
                self.insert(&source.path, source.bytes.clone());
            }
        }
    }

    /// Names and contents of the files that were not rendered, in the order they were added.
    pub fn all(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let ids = (0..self.table.len()).filter_map(|id| u32::try_from(id).ok()).map(SourceId);
        let files = ids.filter_map(|id| Some((id, self.table.get(id)?)));
        let ours = files.filter(|(id, source)| self.sources.get(&*source.path) == Some(id));
        ours.map(|(_, source)| (&*source.path, &*source.bytes))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all().map(|(name, _)| name)
    }

    /// Adds what a template file rendered to in one case; `file` as Helm prints it behind `# Source:`.
    pub fn insert_rendered(&mut self, chart: &str, case: &str, file: &str, bytes: impl Into<Rc<[u8]>>) {
        let id = self.table.add(file, bytes);
        self.rendered.insert((chart.to_owned(), case.to_owned(), file.to_owned()), id);
    }

    /// Adds credentials that no line may show.
    pub fn hide(&mut self, hidden: &Hidden) {
        self.hidden.extend(hidden);
    }

    /// A line as it may be shown: credentials covered character for character, so that columns stay true.
    pub(super) fn covered(&self, line: String) -> String {
        self.hidden.cover(&line).unwrap_or(line)
    }

    pub(super) fn line(&self, path: &str, line: u32) -> Option<&[u8]> {
        self.table.get(*self.sources.get(path)?)?.line(line)
    }

    pub(super) fn rendered_line(&self, chart: &str, case: &str, file: &str, line: u32) -> Option<&[u8]> {
        let id = self.rendered.get(&(chart.to_owned(), case.to_owned(), file.to_owned()))?;
        self.table.get(*id)?.line(line)
    }
}
