//! Command lines as people and Helm users type them.

use clap::error::ErrorKind;

use super::*;

fn parsed(line: &str) -> Result<Cli, clap::Error> {
    parse(std::iter::once("chartsec").chain(line.split_whitespace()).map(Into::into).collect())
}

fn render(line: &str) -> render::Render {
    match parsed(line).unwrap().command {
        Command::Render(render) => *render,
        other => panic!("{other:?}"),
    }
}

fn lint(line: &str) -> lint::Lint {
    match parsed(line).unwrap().command {
        Command::Lint(lint) => *lint,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn render_takes_one_or_two_names_as_helm_does() {
    let one = render("template ./chart");
    assert_eq!(one.operands(), Some((None, "./chart")));
    for line in ["render web ./chart -n shop", "render web -n shop ./chart", "render -n shop web ./chart"] {
        let two = render(line);
        assert_eq!((two.operands(), two.target.namespace()), (Some((Some("web"), "./chart")), Some("shop")), "{line}");
    }
    assert_eq!(render("render a -n b c d").operands(), None);
    assert_eq!(parsed("render").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
    assert!(render("render b -g").generate_name);
}

#[test]
fn values_options_keep_their_order_and_split_as_helms() {
    let render = render(
        "render c -f a.yaml,b.yaml --values - --set a=1,b=2 --set -c=-1 --set-string x=y --set-json j=[1,2] --set-literal l=a,b --set-file f=p,g=q",
    );
    assert_eq!(render.values.files, ["a.yaml", "b.yaml", "-"]);
    assert_eq!(render.values.set, ["a=1,b=2", "-c=-1"]);
    assert_eq!(
        (&*render.values.set_string, &*render.values.set_json),
        (&["x=y".to_owned()][..], &["j=[1,2]".to_owned()][..])
    );
    assert_eq!(
        (&*render.values.set_literal, &*render.values.set_file),
        (&["l=a,b".to_owned()][..], &["f=p,g=q".to_owned()][..])
    );
    assert!(!render.values.is_empty());
}

#[test]
fn the_last_of_two_single_options_wins() {
    let render = render(
        "render c -n a -n b --kube-version 1.30 --kube-version=1.31 -a x/v1 -a y/v1,z/v1 --include-crds --include-crds",
    );
    assert_eq!((render.target.namespace(), render.target.kube_version.as_deref()), (Some("b"), Some("1.31")));
    assert_eq!(render.target.api_versions, ["x/v1", "y/v1", "z/v1"]);
    assert!(render.include_crds);
}

#[test]
fn helms_switches_take_true_and_false() {
    let render = render(
        "--color never render c --include-crds=true --no-hooks=false --skip-tests=T --wait=legacy --wait --atomic=false",
    );
    assert!(render.include_crds && render.skip_tests && !render.no_hooks);
    assert!(parsed("render c --include-crds=yes").is_err());
    assert!(parsed("render -- --no-hooks=false").is_ok_and(
        |cli| matches!(cli.command, Command::Render(r) if r.operands() == Some((None, "--no-hooks=false")))
    ));
}

#[test]
fn harmless_options_of_helm_pass_and_others_are_refused() {
    render(
        "render c --dependency-update --kube-context x --timeout 5m -l a=b,c=d --dry-run --dry-run=client --version 1.2.3 --debug --description -x",
    );
    for line in [
        "--validate",
        "--verify",
        "--dry-run=server",
        "--dry-run=x",
        "--enable-dns",
        "--repo https://x",
        "--post-renderer ./x",
        "--post-renderer-args -x",
    ] {
        let error = parsed(&format!("render c {line}")).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains("is not supported: "), "{error}");
    }
    assert!(parsed("render c --validate=false").is_ok());
    assert!(parsed("lint c --wait").is_err());
}

#[test]
fn lint_reads_rules_and_levels() {
    let lint = lint("lint a b.tgz - --select x,y --select POD001 --ignore z --fail-on never --strict --no-strict");
    assert_eq!(lint.paths, ["a", "b.tgz", "-"]);
    assert_eq!((lint.select.len(), lint.ignore.len(), lint.fail_on), (3, 1, Some(lint::FailOn::Never)));
    assert!(!lint.strict && lint.no_strict);
}

#[test]
fn global_options_stand_anywhere() {
    for line in ["-q --color always lint -o json=x -o text", "lint -q --color=always -o json=x . -o text"] {
        let global = parsed(line).unwrap().global;
        assert!(global.quiet && global.color == Color::Always && global.outputs.len() == 2, "{line}");
    }
    assert!(parsed("lint -q -v").is_err());
}
