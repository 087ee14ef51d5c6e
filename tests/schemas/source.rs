//! The OpenAPI documents: each lies in the Go module of its Kubernetes version, whose checksum is known.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A Go module `k8s.io/kubernetes`.
pub(crate) struct Module {
    version: &'static str,
    /// As go.sum states it.
    sum: &'static str,
}

pub(crate) const MODULES: [Module; 9] = [
    Module { version: "1.28.15", sum: "h1:d91N2Znk+E8REIJZlrD6za2JtIwvEypa0DB1IoU4fJ0=" },
    Module { version: "1.29.14", sum: "h1:mbk5M/WaJr/AX7p3p2/7eJjrtI+I3AKu7IEjI8+Ny/U=" },
    Module { version: "1.30.14", sum: "h1:MrlKXh9uhLIJpyxOeXhcndzRVSvwiV9iJ8NgH8nqPsg=" },
    Module { version: "1.31.14", sum: "h1:UtjLfqvXLuSVDdJ4+NpQCIfFkKkLnAAVmxAEMsnkhjk=" },
    Module { version: "1.32.13", sum: "h1:5TGYdZ6YZqdp6h/Rp1vX/4TIoybMPdgv97LCZCtPuNQ=" },
    Module { version: "1.33.13", sum: "h1:bmH31xUdSzeA5vk0wZAK9MZp11mdLuzUSeKk0qN3hPQ=" },
    Module { version: "1.34.4", sum: "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=" },
    Module { version: "1.35.4", sum: "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=" },
    // The one that the test cluster is built from.
    Module { version: "1.36.2", sum: "h1:qsCug7E1dMVO+rNuCENKG64Z7SVS/fTqDHGI1/NCmTg=" },
];

impl Module {
    pub(crate) fn minor(&self) -> u32 {
        self.version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or_default()
    }
}

/// The OpenAPI document of a module, which is downloaded if Go does not have it.
pub(crate) fn document(module: &Module) -> Result<Value, Box<dyn Error>> {
    let name = format!("k8s.io/kubernetes@v{}", module.version);
    let run = Command::new("go").args(["mod", "download", "-json", &name]).current_dir(std::env::temp_dir()).output();
    let output = run.map_err(|error| format!("`go` is needed to download {name}: {error}"))?;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let text = |key: &str| told.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("Sum") != module.sum {
        return Err(format!("{name}: expected {}, got `{}` {}", module.sum, text("Sum"), text("Error")).into());
    }
    Ok(serde_json::from_slice(&fs::read(Path::new(text("Dir")).join("api/openapi-spec/swagger.json"))?)?)
}
