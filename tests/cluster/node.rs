//! What only a real node shows: exec, images made by hand, ephemeral containers.

use std::time::{Duration, Instant};

use futures::future::join3;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{AttachParams, Patch, PatchParams};
use kube::{Api, ResourceExt as _};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

use crate::cluster::{Cluster, Result, eventually, test};
use crate::control_plane::{create, exec_into, pod, refused};
use crate::image;

/// Runs a command in a container: standard output, standard error and how it ended.
pub(crate) async fn exec(
    pods: &Api<Pod>,
    pod: &str,
    command: &[&str],
) -> kube::Result<(Vec<u8>, Vec<u8>, Option<Status>)> {
    let parameters = AttachParams::default().container("app").stdout(true).stderr(true).stdin(false);
    let mut process = pods.exec(pod, command.iter().copied(), &parameters).await?;
    let (mut out, mut err) = (process.stdout().unwrap(), process.stderr().unwrap());
    let status = process.take_status().unwrap();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    // All three at once: their buffers are small and the connection waits for them.
    let (_, _, status) = join3(out.read_to_end(&mut stdout), err.read_to_end(&mut stderr), status).await;
    Ok((stdout, stderr, status))
}

/// The exit code that a status of exec states, if it states one.
pub(crate) fn exit_code(status: &Status) -> Option<i32> {
    if status.status.as_deref() == Some("Success") {
        return Some(0);
    }
    let causes = status.details.as_ref()?.causes.as_ref()?;
    causes.iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"))?.message.as_ref()?.parse().ok()
}

async fn running(cluster: &Cluster, name: &str) -> Result<Pod> {
    eventually("the pod to run", async || {
        let pod = cluster.api::<Pod>().get(name).await?;
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        Ok((phase == Some("Running")).then_some(pod))
    })
    .await
}

#[test]
fn a_pod_of_an_image_made_by_hand_runs() {
    test(2, "image", async |cluster| {
        let folder = tempfile::tempdir()?;
        let (first, second) = (folder.path().join("first.tar"), folder.path().join("second.tar"));
        let busybox = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join("busybox"))
            .find(|path| path.is_file())
            .ok_or("no busybox in PATH")?;
        let name = "chartsec.test/by-hand:1";
        let digest = image::archive(&first, name, &busybox, &["/busybox", "sleep", "3600"])?;
        assert_eq!(digest, image::archive(&second, name, &busybox, &["/busybox", "sleep", "3600"])?);
        assert_eq!(std::fs::read(&first)?, std::fs::read(&second)?, "the archive is reproducible");
        image::import(&first)?;
        let mut object = pod("a");
        object["spec"]["containers"][0] = json!({"name": "app", "image": name, "imagePullPolicy": "Never"});
        let begun = Instant::now();
        create(&cluster.api::<Pod>(), object).await?;
        running(cluster, "a").await?;
        let took = begun.elapsed();
        // Said past the capture of the test harness, for whoever measures.
        use std::io::Write as _;
        std::io::stderr().write_all(format!("pod of an image made by hand: Running after {took:?}\n").as_bytes())?;
        let (_, _, status) = exec(&cluster.api(), "a", &["/busybox", "true"]).await?;
        assert_eq!(status.as_ref().and_then(exit_code), Some(0));
        Ok(())
    });
}

#[test]
fn a_role_with_resource_names_lets_exec_into_one_pod_only() {
    test(2, "exec", async |cluster| {
        for name in ["target", "other"] {
            create(&cluster.api::<Pod>(), pod(name)).await?;
        }
        for name in ["target", "other"] {
            running(cluster, name).await?;
        }
        let client = cluster.with_token(&exec_into(cluster, "target").await?)?;
        let pods = Api::<Pod>::namespaced(client, &cluster.namespace);
        let command = ["sh", "-c", "echo out; echo err >&2; exit 3"];
        let (stdout, stderr, status) =
            eventually("the role to act", async || Ok(exec(&pods, "target", &command).await.ok())).await?;
        assert_eq!((stdout.as_slice(), stderr.as_slice()), (b"out\n".as_slice(), b"err\n".as_slice()));
        assert_eq!(status.as_ref().and_then(exit_code), Some(3), "{status:?}");
        assert_eq!(refused(exec(&pods, "other", &command).await)?.code, 403);
        Ok(())
    });
}

#[test]
fn an_ephemeral_container_with_the_targets_uid_reads_its_files() {
    test(2, "ephemeral", async |cluster| {
        let mut target = pod("target");
        let confined = json!({"runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": true, "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}});
        target["spec"]["containers"][0]["securityContext"] = confined.clone();
        target["spec"]["containers"][0]["command"] =
            json!(["sh", "-c", "umask 077; echo of-the-target >/tmp/private; exec sleep 3600"]);
        create(&cluster.api::<Pod>(), target).await?;
        running(cluster, "target").await?;
        let pods = cluster.api::<Pod>();
        // Another uid, even root without capabilities, is refused by the kernel's rule for /proc/PID/root.
        let mut root = confined.clone();
        root["runAsUser"] = json!(0);
        root["runAsGroup"] = json!(0);
        root["runAsNonRoot"] = json!(false);
        let read = "sleep 0.2; id -u; grep CapEff /proc/self/status; cat /proc/1/root/tmp/private";
        let container = |name: &str, context: &serde_json::Value| {
            json!({"name": name, "image": "chartsec.test/busybox:1", "imagePullPolicy": "Never", "targetContainerName": "app",
                "command": ["sh", "-c", read], "securityContext": context})
        };
        let body = json!({"spec": {"ephemeralContainers": [container("same", &confined), container("root", &root)]}});
        pods.patch_ephemeral_containers("target", &PatchParams::default(), &Patch::Strategic(&body)).await?;
        let code = async |name: &str| -> Result<Option<i32>> {
            let statuses = pods.get("target").await?.status.and_then(|status| status.ephemeral_container_statuses);
            let found = statuses.unwrap_or_default().into_iter().find(|status| status.name == name);
            Ok(found.and_then(|status| status.state?.terminated).map(|ended| ended.exit_code))
        };
        let same = eventually("the end of the first container", async || code("same").await).await?;
        let other = eventually("the end of the second container", async || code("root").await).await?;
        let log = async |name: &str| {
            let parameters = kube::api::LogParams { container: Some(name.to_owned()), ..Default::default() };
            pods.logs("target", &parameters).await
        };
        assert_eq!(log("same").await?, "1000\nCapEff:\t0000000000000000\nof-the-target\n");
        assert_eq!((same, other), (0, 1));
        assert!(log("root").await?.contains("Permission denied"));
        Ok(())
    });
}

#[test]
fn a_megabyte_and_a_missing_binary_pass_exec() {
    test(2, "output", async |cluster| {
        let created = create(&cluster.api::<Pod>(), pod("a")).await?;
        running(cluster, &created.name_any()).await?;
        let pods = cluster.api::<Pod>();
        let (stdout, _, status) = exec(&pods, "a", &["head", "-c", "1000000", "/dev/zero"]).await?;
        assert_eq!((stdout.len(), status.as_ref().and_then(exit_code)), (1_000_000, Some(0)));
        let (_, _, status) = tokio::time::timeout(Duration::from_secs(30), exec(&pods, "a", &["nosuch"])).await??;
        let status = status.ok_or("no status")?;
        assert_eq!((status.reason.as_deref(), exit_code(&status)), (Some("InternalError"), None));
        Ok(())
    });
}
