//! The embedded policies, and the profiles that choose among them.

use include_dir::{Dir, include_dir};

use serde::de::DeserializeOwned;

use super::compile::{Policy, PolicyError, range, yaml_error};
use super::model::{PolicyFile, ProfileFile, Stage};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// Every file by its name (`privileged-container`, `profiles/checklist`), in order: what it says but for the examples, and its
/// compiled expressions. `build.rs` writes it.
static TABLE: &[(&str, &[u8], &[u8])] = &include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// A profile as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it is, in one line.
    pub title: String,
    /// Whether every violation is an error.
    pub strict: bool,
    /// The ids of its policies.
    pub policies: Vec<String>,
}

/// The policies of one run.
#[derive(Debug, Default)]
pub struct Policies {
    /// The profile's name; empty without one.
    pub profile: String,
    /// What the profile is, in one line.
    pub title: String,
    /// Whether every violation is an error.
    pub strict: bool,
    /// Whether the profile is what Pod Security admission decides.
    pub admission: bool,
    /// The policies, in the order in which they are evaluated.
    pub policies: Vec<Policy>,
}

impl Policies {
    /// The policies of an embedded profile; `None` if there is no such profile.
    ///
    /// # Errors
    /// A fault of an embedded file.
    pub fn profile(name: &str) -> Result<Option<Self>, PolicyError> {
        let Some(file) = embedded_profile(name)? else { return Ok(None) };
        let mut policies = Self {
            profile: file.name,
            title: file.title,
            strict: file.strict,
            admission: file.admission,
            policies: Vec::with_capacity(file.policies.len()),
        };
        for entry in file.policies {
            let fault = |message| PolicyError { file: format!("profiles/{name}.yaml"), place: None, message };
            let mut policy = embedded(&entry.id)?.ok_or_else(|| fault(format!("no policy `{}`", entry.id)))?;
            policy.profile_range = range(entry.kubernetes.as_deref())
                .ok_or_else(|| fault(format!("range of `{}` is not such as `>=1.22 <1.25`", entry.id)))?;
            policy.stage = entry.stage;
            policies.policies.push(policy);
        }
        Ok(Some(policies))
    }

    /// Leaves out what the profile does not demand of charts for `stage`.
    pub fn keep(&mut self, stage: Stage) {
        self.policies.retain(|policy| policy.stage.is_none_or(|of| of == stage));
    }

    /// Adds the embedded policies with this id or code that are not there; `false` if no embedded policy has it.
    ///
    /// # Errors
    /// A fault of an embedded file.
    pub fn add(&mut self, name: &str) -> Result<bool, PolicyError> {
        let mut known = false;
        let code = format!("\ncode: {}\n", name.to_ascii_uppercase());
        for (id, text) in embedded_files() {
            if id != name && !text.contains(&code) {
                continue;
            }
            known = true;
            if !self.policies.iter().any(|policy| policy.file.id == id) {
                self.policies.extend(embedded(id)?);
            }
        }
        Ok(known)
    }
}

/// An embedded profile as it is written: nothing is compiled. `None` if there is no such profile.
///
/// # Errors
/// A fault of the file.
pub fn profile_file(name: &str) -> Result<Option<Profile>, PolicyError> {
    let Some(file) = embedded_profile(name)? else { return Ok(None) };
    let policies = file.policies.into_iter().map(|entry| entry.id).collect();
    Ok(Some(Profile { name: file.name, title: file.title, strict: file.strict, policies }))
}

/// An embedded policy as it is written, its examples too: nothing is compiled. `None` if there is no such policy.
///
/// # Errors
/// A fault of the file.
pub fn policy_file(id: &str) -> Result<Option<PolicyFile>, PolicyError> {
    let path = format!("{id}.yaml");
    let Some(text) = FILES.get_file(&path).and_then(|file| file.contents_utf8()) else { return Ok(None) };
    serde_yaml::from_str(text).map(Some).map_err(|error| yaml_error(&path, &error))
}

/// The names of the embedded profiles.
#[must_use]
pub fn profiles() -> Vec<&'static str> {
    let files = FILES.get_dir("profiles").map(Dir::files).into_iter().flatten();
    files.filter_map(|file| file.path().file_stem()?.to_str()).collect()
}

/// Ids and texts of the embedded policies.
pub fn embedded_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.files().filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
}

fn embedded_profile(name: &str) -> Result<Option<ProfileFile>, PolicyError> {
    let name = format!("profiles/{name}");
    table(&name).map(|(file, _)| unpack(&name, file)).transpose()
}

fn embedded(id: &str) -> Result<Option<Policy>, PolicyError> {
    let Some((file, expressions)) = table(id) else { return Ok(None) };
    Policy::embedded(unpack(id, file)?, expressions).map(Some)
}

fn unpack<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, PolicyError> {
    let fault =
        |error: postcard::Error| PolicyError { file: format!("{name}.yaml"), place: None, message: error.to_string() };
    postcard::from_bytes(bytes).map_err(fault)
}

fn table(name: &str) -> Option<(&'static [u8], &'static [u8])> {
    let at = TABLE.binary_search_by_key(&name, |(name, ..)| name).ok()?;
    TABLE.get(at).map(|(_, file, expressions)| (*file, *expressions))
}
