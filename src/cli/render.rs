//! The options of `render`: those of `helm template`, so that it can be replaced in place.
//!
//! What Helm needs for registries, clusters and releases has no effect on a local render: such options are
//! accepted and do nothing. Options that would need a cluster, a network or another program are refused.

use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::values::{Target, Values};

/// What `render` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Render {
    /// Chart folder or archive; before it, if wanted, the name of the release [default: release-name]
    // One list: between two arguments of which the first is optional clap lets no option stand.
    #[arg(required = true, value_name = "[NAME] CHART")]
    operands: Vec<String>,
    /// Template that gives the release its name
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name_template: Option<String>,
    /// As in Helm: a local render is called release-name all the same
    #[arg(short, long)]
    pub(crate) generate_name: bool,
    /// Print custom resource definitions too
    #[arg(long)]
    pub(crate) include_crds: bool,
    /// Print only what these templates render to; patterns are allowed
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(crate) show_only: Vec<String>,
    /// Leave hooks out
    #[arg(long)]
    pub(crate) no_hooks: bool,
    /// Leave tests out
    #[arg(long)]
    pub(crate) skip_tests: bool,
    /// Set .Release.IsUpgrade instead of .Release.IsInstall
    #[arg(long)]
    pub(crate) is_upgrade: bool,
    /// Do not hold values to values.schema.json
    #[arg(long)]
    pub(crate) skip_schema_validation: bool,
    /// Write one file per template into this folder instead of printing
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<String>,
    /// Put the release name into the path below --output-dir
    #[arg(long)]
    pub(crate) release_name: bool,
    /// Do not track where bytes come from, for measurements
    #[arg(long, hide = true)]
    pub(crate) no_origins: bool,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) helm: HelmOptions,
}

impl Render {
    /// The name of the release, if one was given, and the chart; `None` for more than that.
    pub(crate) fn operands(&self) -> Option<(Option<&str>, &str)> {
        match self.operands.as_slice() {
            [chart] => Some((None, chart)),
            [name, chart] => Some((Some(name), chart)),
            _ => None,
        }
    }
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec render charts/shop                               as helm template does
  chartsec render web charts/shop -n shop -f prod.yaml      named, with values
  chartsec render charts/shop -s templates/service.yaml     one template
  chartsec render charts/shop --set image.tag=2 --output-dir out";

/// Helm's other options, checked and then forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct HelmOptions;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    PerhapsValue,
}
use Takes::{Nothing, PerhapsValue, Value};

const WITHOUT_EFFECT: &[(&str, Option<char>, Takes)] = &[
    ("atomic", None, Nothing),
    ("burst-limit", None, Value),
    ("ca-file", None, Value),
    ("cert-file", None, Value),
    ("content-cache", None, Value),
    ("create-namespace", None, Nothing),
    ("debug", None, Nothing),
    ("dependency-update", None, Nothing),
    ("description", None, Value),
    ("devel", None, Nothing),
    ("disable-openapi-validation", None, Nothing),
    ("dry-run", None, PerhapsValue),
    ("force", None, Nothing),
    ("force-conflicts", None, Nothing),
    ("force-replace", None, Nothing),
    ("hide-notes", None, Nothing),
    ("insecure-skip-tls-verify", None, Nothing),
    ("key-file", None, Value),
    ("keyring", None, Value),
    ("kube-apiserver", None, Value),
    ("kube-as-group", None, Value),
    ("kube-as-user", None, Value),
    ("kube-ca-file", None, Value),
    ("kube-context", None, Value),
    ("kube-insecure-skip-tls-verify", None, Nothing),
    ("kube-tls-server-name", None, Value),
    ("kube-token", None, Value),
    ("kubeconfig", None, Value),
    ("labels", Some('l'), Value),
    ("pass-credentials", None, Nothing),
    ("password", None, Value),
    ("plain-http", None, Nothing),
    ("qps", None, Value),
    ("registry-config", None, Value),
    ("render-subchart-notes", None, Nothing),
    ("replace", None, Nothing),
    ("repository-cache", None, Value),
    ("repository-config", None, Value),
    ("rollback-on-failure", None, Nothing),
    ("server-side", None, PerhapsValue),
    ("skip-crds", None, Nothing),
    ("take-ownership", None, Nothing),
    ("timeout", None, Value),
    ("username", None, Value),
    ("version", None, Value),
    ("wait", None, PerhapsValue),
    ("wait-for-jobs", None, Nothing),
];

const REFUSED: &[(&str, Takes, &str)] = &[
    ("enable-dns", Nothing, "charts are rendered without network"),
    ("post-renderer", Value, "charts are rendered without other programs"),
    ("post-renderer-args", Value, "charts are rendered without other programs"),
    ("repo", Value, "charts are taken from this machine"),
    ("validate", Nothing, "charts are rendered without cluster"),
    ("verify", Nothing, "provenance files are not checked here"),
];

fn hidden(name: &'static str, short: Option<char>, takes: Takes) -> Arg {
    let arg = Arg::new(name).long(name).hide(true);
    let arg = if let Some(short) = short { arg.short(short) } else { arg };
    match takes {
        Nothing => arg.action(ArgAction::SetTrue),
        Value => arg.action(ArgAction::Append).allow_hyphen_values(true),
        PerhapsValue => arg.num_args(0..=1).require_equals(true).default_missing_value("").action(ArgAction::Set),
    }
}

impl Args for HelmOptions {
    fn augment_args(command: Command) -> Command {
        let without_effect = WITHOUT_EFFECT.iter().map(|(name, short, takes)| hidden(name, *short, *takes));
        let refused = REFUSED.iter().map(|(name, takes, _)| hidden(name, None, *takes));
        command.args(without_effect.chain(refused))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for HelmOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |name: &str| matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
        let refused = REFUSED.iter().find(|(name, ..)| given(name)).map(|(name, _, why)| (*name, *why));
        let local = matches.get_one::<String>("dry-run").is_none_or(|value| matches!(&**value, "" | "client" | "true"));
        match refused.or((!local).then_some(("dry-run", "only `client` works without a cluster"))) {
            Some((name, why)) => {
                Err(Error::raw(ErrorKind::ArgumentConflict, format!("`--{name}` is not supported: {why}\n")))
            }
            None => Ok(Self),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Helm's switches take `=true` and `=false`; clap's do not. Rewrites them in the arguments of `render`.
pub(super) fn plain_switches(arguments: Vec<String>) -> Vec<String> {
    const OWN: &[&str] = &[
        "generate-name",
        "include-crds",
        "is-upgrade",
        "no-hooks",
        "release-name",
        "skip-schema-validation",
        "skip-tests",
    ];
    let Some(command) = arguments.iter().position(|argument| argument == "render" || argument == "template") else {
        return arguments;
    };
    let ignored = || WITHOUT_EFFECT.iter().filter(|(.., takes)| *takes == Nothing).map(|(name, ..)| *name);
    let refused = || REFUSED.iter().filter(|(_, takes, _)| *takes == Nothing).map(|(name, ..)| *name);
    let is_switch = |name: &str| OWN.iter().copied().chain(ignored()).chain(refused()).any(|switch| switch == name);
    let mut rest = false;
    let mut plain = Vec::with_capacity(arguments.len());
    for (at, argument) in arguments.into_iter().enumerate() {
        rest |= argument == "--";
        let switch = argument.strip_prefix("--").and_then(|option| option.split_once('='));
        match switch {
            Some((name, value)) if at > command && !rest && is_switch(name) => match value {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => plain.push(format!("--{name}")),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => {}
                _ => plain.push(argument),
            },
            _ => plain.push(argument),
        }
    }
    plain
}
