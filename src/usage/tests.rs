//! What counts as read: small charts, each with the keys that nothing reads.

use super::*;
use crate::chart::{Overrides, load};
use crate::explore;
use crate::functions;
use crate::reads::Reads;
use crate::render::{Fault, Renderer, Target};

const HEAD: &str = "apiVersion: v2\nname: p\nversion: 0.1.0\n";

/// Renders a chart and asks for what nothing reads, and what nothing declares; `walk` or `record` may be left out.
fn ask(files: &[(&str, &str)], walk: bool, record: bool) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in std::iter::once(&("Chart.yaml", HEAD)).chain(files) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let limits = Limits::default();
    let environment = Rc::new(functions::still(limits.clone(), |bytes| bytes.fill(7)));
    let mut sources = Sources::new();
    let chart = load(folder.path(), &mut sources, &limits).chart.unwrap();
    let user: Vec<SourceId> = files
        .iter()
        .filter(|(name, _)| name.starts_with("user"))
        .map(|(name, text)| sources.add(*name, text.as_bytes()))
        .collect();
    let overrides = Overrides { files: user.clone(), ..Overrides::default() };
    let none = Rc::new(TemplateSet::new(Rc::clone(&environment)));
    let mut renderer = Renderer::new(environment);
    let origins = Origins::new(true);
    let origins = if record { origins.record(Reads::new(functions::role)) } else { origins };
    let run = explore::run(&mut renderer, &chart, &overrides, &Target::default(), sources, origins, &limits);
    // What these templates write is no manifest.
    let document = |fault: &Fault| matches!(fault, Fault::Document { .. });
    let faults = &run.rendered.faults;
    assert!(run.stopped.is_none() && faults.iter().all(document), "{:?} {faults:?}", run.stopped);
    let case = CaseUse {
        prepared: run.prepared.as_ref(),
        origins: &run.rendered.origins,
        templates: if walk { renderer.templates() } else { Some(&none) },
        files: &user,
    };
    let known = Known { chart: &chart, sources: &run.rendered.sources, cases: &[case], templates: None, faulty: &[] };
    let mut usage = Usage::of(&known, &limits);
    let unread = usage.unread(&known, &limits).into_iter().map(|found| match found.nearest {
        Some(nearest) => format!("{} ({nearest}?)", found.key),
        None => found.key,
    });
    (unread.collect(), usage.undeclared(&known).into_iter().map(|found| found.key).collect())
}

fn unread(template: &str, values: &str) -> String {
    ask(&[("templates/a.yaml", template), ("values.yaml", values)], true, true).0.join(" ")
}

#[test]
fn every_way_to_read_a_value() {
    let values = "a: {b: {c: 1, d: 2}, l: [1]}\nx: 1\n";
    for (template, wanted) in [
        ("{{ .Values.a.b.c }}", "a.b.d a.l x"),
        ("{{ $.Values.x }}", "a.b.c a.b.d a.l"),
        ("{{ index .Values \"a\" \"b\" \"c\" }}", "a.b.d a.l x"),
        ("{{ get .Values.a.b \"c\" }}", "a.b.d a.l x"),
        ("{{ dig \"b\" \"c\" 1 .Values.a }}", "a.b.d a.l x"),
        ("{{ pluck \"c\" .Values.a.b | first }}", "a.b.d a.l x"),
        ("{{ pick .Values.a.b \"c\" | toYaml }}", "a.b.d a.l x"),
        ("{{ if hasKey .Values.a.b \"c\" }}{{ end }}", "a.b.d a.l x"),
        ("{{ toYaml .Values.a.b }}", "a.l x"),
        ("{{ range $k, $v := .Values.a.b }}{{ end }}", "a.l x"),
        ("{{ with .Values.a }}{{ .b.c }}{{ end }}", "a.b.d a.l x"),
        ("{{ $a := .Values.a }}{{ $b := $a.b }}{{ $b.c }}", "a.b.d a.l x"),
        ("{{ (merge (dict) .Values.a.b).c }}", "a.b.d a.l x"),
        ("{{ (deepCopy .Values.a).b.c }}", "a.b.d a.l x"),
        ("{{ range .Values.a.l }}{{ . }}{{ end }}", "a.b.c a.b.d x"),
        ("{{ index .Values.a.l 0 }}", "a.b.c a.b.d x"),
        ("{{ if .Values.never }}{{ .Values.a.b.c }}{{ end }}", "a.b.d a.l x"),
        ("{{ $k := \"c\" }}{{ index .Values.a.b $k }}", "a.b.d a.l x"),
        ("{{ range $k := list \"c\" \"d\" }}{{ index $.Values.a.b $k }}{{ end }}", "a.l x"),
        ("{{ index .Values.a.b (printf \"%s\" .Release.Name) }}", "a.l x"),
        ("{{ toYaml .Values }}", ""),
        ("{{ toJson . }}", ""),
        ("{{ $m := dict }}{{ $_ := set $m \"k\" .Values.a.b }}{{ $m.k.c }}", "a.b.d a.l x"),
        ("{{ (dict \"k\" .Values.a).k.b.c }}", "a.b.d a.l x"),
        ("{{ (fromYaml (toYaml .Values.a.b)).c }}", "a.l x"),
        ("{{ if and .Values.x (eq (len .Values.a.l) 1) }}{{ end }}", "a.b.c a.b.d"),
        ("{{ .Values.a.b.c | quote }}{{ .Values.a.b.d | int }}", "a.l x"),
        ("{{ define \"t\" }}{{ .b.c }}{{ end }}{{ include \"t\" .Values.a }}", "a.b.d a.l x"),
        ("{{ define \"t\" }}{{ .ctx.Values.x }}{{ end }}{{ template \"t\" (dict \"ctx\" $) }}", "a.b.c a.b.d a.l"),
        ("{{ define \"t.one\" }}{{ .Values.x }}{{ end }}{{ include (printf \"t.%s\" \"one\") . }}", "a.b.c a.b.d a.l"),
        ("{{ tpl \"{{ .Values.x }}\" . }}", "a.b.c a.b.d a.l"),
        ("{{ $v := 1 }}{{ range tuple 1 2 }}{{ with $v }}{{ end }}{{ $v = $.Values.x }}{{ end }}", "a.b.c a.b.d a.l"),
        ("{{ if .Values.never }}{{ include \"gone\" .Values.a }}{{ end }}", "x"),
        ("text", "a.b.c a.b.d a.l x"),
    ] {
        assert_eq!(unread(template, values), wanted, "{template}");
    }
}

#[test]
fn what_execution_shows_a_walk_shows_too() {
    let values = "a: {b: {c: 1, d: 2}, l: [1]}\nx: 1\n";
    for template in [
        "{{ .Values.a.b.c }}",
        "{{ pluck \"c\" .Values.a.b | first }}",
        "{{ range $k, $v := .Values.a.b }}{{ end }}",
        "{{ with .Values.a }}{{ .b.c }}{{ end }}",
        "{{ (merge (dict) .Values.a.b).c }}",
        "{{ toYaml .Values.a }}",
        "{{ if hasKey .Values.a.b \"c\" }}{{ end }}",
        "{{ $m := dict }}{{ $_ := set $m \"k\" .Values.a.b }}{{ $m.k.c }}",
    ] {
        let files = [("templates/a.yaml", template), ("values.yaml", values)];
        let (walked, recorded) = (ask(&files, true, false).0, ask(&files, false, true).0);
        assert_eq!(walked, recorded, "{template}");
        assert!(recorded.len() < 4, "{template}");
    }
}

#[test]
fn strings_of_values_are_templates_where_they_are_executed() {
    let values = "t: '{{ .Values.x }}'\nl: [{v: '{{ .Values.u }}'}]\nx: 1\nu: 2\nz: '{{ .Values.w }}'\nw: 3\n";
    assert_eq!(unread("{{ tpl .Values.t . }}{{ .Values.z }}", values), "l u w");
    assert_eq!(unread("{{ if .Values.no }}{{ tpl (toYaml .Values.l) $ }}{{ end }}", values), "t x z w");
}

#[test]
fn subcharts_globals_and_those_that_are_not_there() {
    let parent = "apiVersion: v2\nname: p\nversion: 0.1.0\ndependencies:\n  - {name: sub, version: 1.x, alias: s, condition: s.live}\n";
    let files = [
        ("Chart.yaml", parent),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("charts/sub/values.yaml", "a: 1\nunused: 2\n"),
        ("charts/sub/templates/a.yaml", "{{ .Values.a }}{{ .Values.global.g }}"),
        ("templates/a.yaml", "{{ .Values.s.c }}"),
        ("values.yaml", "s: {live: true, a: 1, b: 2, c: 3}\nglobal: {g: 1, h: 2}\nsub: {a: 1}\ntags: {t: true}\n"),
    ];
    assert_eq!(ask(&files, true, true).0, ["s.b", "global.h", "sub.a", "tags.t"]);
    let off = [("user.yaml", "s: {live: false, z: 1}\n")];
    let off: Vec<(&str, &str)> = files.iter().chain(&off).copied().collect();
    assert_eq!(ask(&off, true, true).0, ["sub.a", "tags.t"], "nobody can tell what a chart that is off would read");
}

#[test]
fn keys_of_users_are_told_with_what_may_be_meant() {
    let files = [
        ("templates/a.yaml", "{{ .Values.image.tag }}{{ toYaml .Values.free }}"),
        ("values.yaml", "image: {tag: 1, unused: 2}\nfree: {}\n"),
        ("user.yaml", "image: {tga: 2, unused: 3}\nfree: {any: 1}\nother: {tag: 1}\nfar: 1\n"),
    ];
    let wanted = ["image.unused", "image.tga (image.tag?)", "other.tag (image.tag?)", "far"];
    assert_eq!(ask(&files, true, true).0, wanted);
}

#[test]
fn anchors_are_used_where_their_aliases_are() {
    let values = "base: &b {x: 1, w: 2}\none: *b\ntwo:\n  <<: *b\n  z: 3\n";
    assert_eq!(unread("{{ .Values.one.x }}", values), "base.w two.z");
}

#[test]
fn schemas_decide_by_some_keys() {
    let files = [
        ("templates/a.yaml", "{{ .Values.a }}"),
        ("values.yaml", "a: 1\nmode: x\nother: 1\n"),
        (
            "values.schema.json",
            "{\"properties\": {\"other\": {}}, \"if\": {\"properties\": {\"mode\": {\"const\": \"y\"}}}}",
        ),
    ];
    assert_eq!(ask(&files, true, true).0, ["other"]);
}

#[test]
fn keys_that_nothing_declares() {
    let values = "a: {b: 1}\nfree: {}\nnone:\n# c: 1\n";
    for (template, wanted) in [
        ("{{ .Values.a.b }}{{ .Values.free.x }}{{ .Values.none }}{{ .Values.c }}{{ .Values.global }}", ""),
        ("{{ .Values.a.x }}", "a.x"),
        ("{{ .Values.y }}", "y"),
        ("{{ default 1 .Values.y }}{{ if .Values.z }}{{ .Values.z }}{{ end }}", ""),
        ("{{ with .Values.a.w }}{{ .v }}{{ end }}{{ range .Values.r }}{{ end }}", ""),
        ("{{ if .Values.a.b }}{{ .Values.a.q }}{{ end }}", "a.q"),
        ("{{ define \"t\" }}{{ if .k }}{{ .k }}{{ end }}{{ end }}{{ include \"t\" (dict \"k\" .Values.y) }}", ""),
        ("{{ $_ := set .Values \"y\" 1 }}{{ .Values.y }}", ""),
    ] {
        let found = ask(&[("templates/a.yaml", template), ("values.yaml", values)], true, true).1.join(" ");
        assert_eq!(found, wanted, "{template}");
    }
}

#[test]
fn a_walk_that_does_not_end_tells_nothing() {
    let endless = "{{ define \"t\" }}{{ include \"t\" (dict \"d\" .) }}{{ end }}{{ if .Values.no }}{{ include \"t\" . }}{{ end }}";
    assert_eq!(unread(endless, "a: 1\n"), "");
}
