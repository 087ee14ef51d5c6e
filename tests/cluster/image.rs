//! Images made by hand and imported into the node: no registry, no container engine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::Result;

/// Makes the archive of image `name` from a folder or a static binary; returns its digest.
pub(crate) fn archive(out: &Path, name: &str, source: &Path, command: &[&str]) -> Result<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/image");
    let digest = output(Command::new(script).arg(out).arg(name).arg(source).args(command))?;
    Ok(digest.trim().to_owned())
}

/// Imports an archive into the node; pods then name the image with `imagePullPolicy: Never`.
pub(crate) fn import(archive: &Path) -> Result {
    let socket: PathBuf = std::env::var_os("CHARTSEC_CLUSTER_CONTAINERD").ok_or("the cluster has no node")?.into();
    output(Command::new("ctr").arg("-a").arg(socket).args(["-n", "k8s.io", "images", "import"]).arg(archive))?;
    Ok(())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
