//! Files of a chart, as they are shown to users.

/// A file's path inside of a chart folder or archive.
#[must_use]
pub fn inside<'a>(file: &'a str, chart: &str) -> Option<&'a str> {
    if chart == "." {
        return (!file.starts_with(['/', '.'])).then_some(file);
    }
    let rest = file.strip_prefix(chart.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(['/', ':']) }
}

/// The path under which a file in a folder is shown: nothing stands in front of what lies in the working directory.
pub(super) fn join(folder: &str, name: &str) -> String {
    match folder {
        "" | "." => name.to_owned(),
        "/" => format!("/{name}"),
        folder => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn files_lie_in_folders_and_archives() {
        assert_eq!(inside("charts/shop/values.yaml", "charts/shop/"), Some("values.yaml"));
        assert_eq!(inside("shop.tgz:shop/values.yaml", "shop.tgz"), Some("shop/values.yaml"));
        assert_eq!((inside("shop-b/x", "shop"), inside("shop", "shop")), (None, Some("")));
        assert_eq!((inside("charts/x", "."), inside("../x", ".")), (Some("charts/x"), None));
    }
}
