//! The options of `new`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use chartsec::generate;

/// Where the application's secrets come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Secret {
    /// It has none
    #[default]
    None,
    /// A Secret that is there before the chart is installed
    Existing,
    /// The External Secrets Operator
    External,
    /// Sealed Secrets
    Sealed,
}

impl From<Secret> for generate::Secret {
    fn from(secret: Secret) -> Self {
        match secret {
            Secret::None => Self::None,
            Secret::Existing => Self::Existing,
            Secret::External => Self::External,
            Secret::Sealed => Self::Sealed,
        }
    }
}

/// What `new` was asked to do. All of it becomes values of the chart, which can be changed later.
#[derive(Args, Clone, Debug)]
pub(crate) struct New {
    /// Name of the application and of its chart: lower-case letters, digits and hyphens
    #[arg(value_parser = name)]
    pub(crate) name: String,
    /// Folder in which the chart's folder is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) output_dir: PathBuf,
    /// What the application is, in one line
    #[arg(long, value_name = "TEXT", value_parser = line)]
    pub(crate) description: Option<String>,
    /// Its image, with a tag or a digest [default: ghcr.io/example/NAME:0.1.0]
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    pub(crate) image: Option<generate::Image>,
    /// Secret with the login of a private registry; may be repeated
    #[arg(long = "pull-secret", value_name = "NAME", value_parser = name)]
    pub(crate) pull_secrets: Vec<String>,
    /// Port that it listens on; one below 1024 gets the capability `NET_BIND_SERVICE`
    #[arg(long, value_name = "PORT", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// Pods of it
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) replicas: u16,
    /// User and group that it runs as
    #[arg(long, value_name = "ID", default_value_t = 10001, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) user: u32,
    /// Folder that it writes to, besides /tmp; may be repeated
    #[arg(long = "writable", value_name = "PATH", value_parser = path)]
    pub(crate) writable: Vec<String>,
    /// Path that answers when it is healthy
    #[arg(long, value_name = "PATH", default_value = "/healthz", value_parser = path)]
    pub(crate) health_path: String,
    /// Namespace whose pods may call it, such as that of the ingress controller; may be repeated
    #[arg(long = "allow-from", value_name = "NAMESPACE", value_parser = name)]
    pub(crate) allow_from: Vec<String>,
    /// What it may call, besides DNS, such as 192.0.2.10/32:5432; may be repeated
    #[arg(long = "allow-to", value_name = "CIDR:PORT", value_parser = destination)]
    pub(crate) allow_to: Vec<(String, u16)>,
    /// Where its secrets come from
    #[arg(long, value_name = "SOURCE", default_value = "none")]
    pub(crate) secret: Secret,
    /// Give it a short-lived token for the Kubernetes API
    #[arg(long)]
    pub(crate) api_access: bool,
}

fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-');
    if edges && text.len() <= 50 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("at most 50 lower-case letters, digits and hyphens, a letter first and no hyphen last".into())
    }
}

fn line(text: &str) -> Result<String, String> {
    let fits = !text.trim().is_empty() && text.len() <= 200 && !text.chars().any(char::is_control);
    if fits { Ok(text.trim().to_owned()) } else { Err("one line of at most 200 bytes".into()) }
}

fn path(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let plain = !text.split('/').any(|part| part == "..");
    if text.starts_with('/') && text.len() <= 200 && plain && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("an absolute path of letters, digits, `.`, `_`, `-` and `/`".into())
    }
}

fn image(text: &str) -> Result<generate::Image, String> {
    generate::Image::parse(text).ok_or_else(|| {
        "an image with a tag other than `latest`, or a digest, such as registry.example.com/web:1.4.2".into()
    })
}

fn destination(text: &str) -> Result<(String, u16), String> {
    let told = || "an address range and a port, such as 192.0.2.10/32:5432 or [2001:db8::/64]:443".to_owned();
    let (range, port) = text.rsplit_once(':').ok_or_else(told)?;
    let range = range.strip_prefix('[').and_then(|range| range.strip_suffix(']')).unwrap_or(range);
    let (address, bits) = range.split_once('/').ok_or_else(told)?;
    let address: std::net::IpAddr = address.parse().map_err(|_| told())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.parse::<u8>().ok().filter(|bits| (1..=most).contains(bits)).ok_or_else(told)?;
    let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(told)?;
    Ok((format!("{address}/{bits}"), port))
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec new web --image registry.example.com/web:1.4.2
  chartsec new web --port 8443 --writable /var/cache/web --allow-from ingress-nginx
  chartsec new web --secret external --allow-to 192.0.2.10/32:5432 --output-dir charts";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paths_and_destinations_are_checked() {
        for good in ["web", "a1-b"] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "Web", "1a", "a-", "a_b", "a.b", "ä"] {
            assert!(name(bad).is_err(), "{bad}");
        }
        assert!(path("/var/cache").is_ok());
        for bad in ["var", "/a b", "/a\"", "/a/../b"] {
            assert!(path(bad).is_err(), "{bad}");
        }
        assert_eq!(destination("192.0.2.10/32:5432"), Ok(("192.0.2.10/32".into(), 5432)));
        assert_eq!(destination("[2001:db8::/64]:443"), Ok(("2001:db8::/64".into(), 443)));
        for bad in ["192.0.2.10:5432", "192.0.2.10/33:1", "0.0.0.0/0:443", "a/8:1", "10.0.0.0/8:0", "10.0.0.0/8"] {
            assert!(destination(bad).is_err(), "{bad}");
        }
    }
}
