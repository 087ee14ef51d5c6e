//! The options that choose values and target, as Helm names them.

use chartsec::render::Profile;
use clap::Args;

/// Values files and `--set` arguments, each kind in the order given.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Values")]
pub(crate) struct Values {
    /// Values file, `-` for standard input; a later one wins
    #[arg(short = 'f', long = "values", value_name = "FILE", value_delimiter = ',')]
    pub(crate) files: Vec<String>,
    /// Set values: `a.b=1,c[0]=x`
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Set values that stay strings
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub(crate) set_string: Vec<String>,
    /// Set values to the content of files
    #[arg(long, value_name = "KEY=FILE", allow_hyphen_values = true)]
    pub(crate) set_file: Vec<String>,
    /// Set values given as JSON
    #[arg(long, value_name = "KEY=JSON", allow_hyphen_values = true)]
    pub(crate) set_json: Vec<String>,
    /// Set one value to the rest of the argument, character by character
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub(crate) set_literal: Vec<String>,
}

impl Values {
    /// Whether the command line changes no value.
    pub(crate) fn is_empty(&self) -> bool {
        [&self.files, &self.set, &self.set_string, &self.set_file, &self.set_json, &self.set_literal]
            .iter()
            .all(|v| v.is_empty())
    }
}

/// The cluster that charts are rendered for.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// Kubernetes version that charts see
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// API versions that charts see beside the built-in ones
    #[arg(short, long, value_name = "API", value_delimiter = ',')]
    pub(crate) api_versions: Vec<String>,
    /// Helm version whose output is reproduced: 4.2.4, 4.2.0, 4.1 or 3.21
    #[arg(long, value_name = "VERSION", default_value_t, hide_default_value = true)]
    pub(crate) helm_compat: Profile,
    /// Namespace of the release
    #[arg(short, long, value_name = "NAME", env = "HELM_NAMESPACE", hide_env = true)]
    pub(crate) namespace: Option<String>,
}

impl Target {
    /// The namespace asked for; an empty one counts as none.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref().filter(|name| !name.is_empty())
    }
}
