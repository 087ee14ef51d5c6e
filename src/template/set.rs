//! The templates of one chart with everything below it, by name, as Go's `Template.Parse` collects them.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{Template, Tree};
use super::environment::Environment;
use super::error::ParseError;
use super::parser;
use crate::source::SourceId;

/// A name space of templates.
#[derive(Debug)]
pub struct TemplateSet {
    environment: Rc<Environment>,
    templates: HashMap<Rc<str>, Template>,
}

impl TemplateSet {
    /// An empty set.
    #[must_use]
    pub fn new(environment: Rc<Environment>) -> Self {
        Self { environment, templates: HashMap::new() }
    }

    /// Parses a file and adds its templates: those it defines, and its own body as template `name`. A template replaces
    /// an earlier one of the same name unless it is blank.
    ///
    /// # Errors
    /// Every fault of the file in the order of the text; the first one is what Go reports. Nothing is added then.
    pub fn add(&mut self, name: &str, source: SourceId, text: &Rc<[u8]>) -> Result<(), Vec<ParseError>> {
        let templates = self.parse(name, source, text)?;
        self.insert(templates);
        Ok(())
    }

    /// Adds what parses of a file, as [`Self::add`] does: what it reads can be told although it cannot be executed.
    /// Returns every fault of the file in the order of the text.
    pub fn add_partly(&mut self, name: &str, source: SourceId, text: &Rc<[u8]>) -> Vec<ParseError> {
        let environment = &self.environment;
        let (templates, errors) = parser::parse(&name.into(), source, text, environment.functions, &environment.limits);
        self.insert(templates);
        errors
    }

    fn insert(&mut self, templates: Vec<Template>) {
        for template in templates {
            if !(template.is_blank() && self.contains(&template.name)) {
                self.templates.insert(Rc::clone(&template.name), template);
            }
        }
    }

    /// Whether there is a template of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.templates.contains_key(name)
    }

    /// The names of all templates, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<Rc<str>> {
        let mut names: Vec<_> = self.templates.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// The templates of a text, its own body last.
    pub(crate) fn parse(
        &self,
        name: &str,
        source: SourceId,
        text: &Rc<[u8]>,
    ) -> Result<Vec<Template>, Vec<ParseError>> {
        let environment = &self.environment;
        let (templates, errors) = parser::parse(&name.into(), source, text, environment.functions, &environment.limits);
        if errors.is_empty() { Ok(templates) } else { Err(errors) }
    }

    /// What the templates are parsed from; a file with several templates comes several times.
    pub(crate) fn trees(&self) -> impl Iterator<Item = &Tree> {
        self.templates.values().map(|template| &*template.tree)
    }

    /// The template of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Template> {
        self.templates.get(name)
    }
}
