//! The options of `blame`.

use clap::Args;

use super::values::{Target, Values};

/// What `blame` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Blame {
    /// Chart folder or archive
    pub(crate) chart: String,
    /// The object, such as Deployment/web
    #[arg(value_name = "KIND/NAME")]
    pub(crate) object: String,
    /// The field, such as spec.template.spec.containers[name=app].image
    #[arg(value_name = "FIELD")]
    pub(crate) field: String,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) target: Target,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec blame charts/shop Deployment/web spec.replicas
  chartsec blame shop-1.2.3.tgz StatefulSet/db 'spec.template.spec.containers[name=db].image'
  chartsec blame charts/shop Service/web spec.ports[0].port -o json";
