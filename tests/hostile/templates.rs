//! Templates that recurse, or reach for what is outside of the chart.

use super::{Case, silent, template};

pub(super) fn recursion() -> Vec<Case> {
    let ring = |names: usize, call: &str| -> String {
        let next =
            |n: usize| format!("{{{{ define \"n{n}\" }}}}{{{{ {call} \"n{}\" . }}}}{{{{ end }}}}", (n + 1) % names);
        (0..names).map(next).collect::<String>() + &format!("{{{{ {call} \"n0\" . }}}}")
    };
    let double = (0..31).map(|n| {
        format!(
            "{{{{ define \"d{n}\" }}}}{{{{ include \"d{}\" . }}}}{{{{ include \"d{}\" . }}}}{{{{ end }}}}",
            n + 1,
            n + 1
        )
    });
    let double = double.collect::<String>() + "{{ define \"d31\" }}xxxxxxxxxx{{ end }}{{ include \"d0\" . }}";
    let nested = |open: &str, inner: &str, close: &str, times: usize| open.repeat(times) + inner + &close.repeat(times);
    vec![
        template("E1 include of itself", ring(1, "include"), "nested reference name"),
        template("E2 includes in a ring", ring(10, "include"), "limit `include-depth`"),
        template("E3 a long ring", ring(1_001, "include"), "limit `include-depth`"),
        template(
            "E4 tpl of itself",
            "{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}",
            "limit `include-depth`",
        ),
        template("E5 template of itself", ring(1, "template"), "limit `include-depth`"),
        template("E5 block of itself", "{{ block \"\" . }}{{ template \"\" . }}{{ end }}", ""),
        template("E6 doubling includes", double, "limit `"),
        template("E7 a long list", "{{ range until 50000000 }}{{ end }}", "limit `list-items`"),
        template("E8 a long loop", "{{ range 100000000000 }}{{ end }}", "limit `loop-rounds`"),
        template(
            "E9 loops in loops",
            "{{ range 1000 }}{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}{{ end }}",
            "limit `loop-rounds`",
        ),
        template("E15 parentheses", format!("{{{{ {} }}}}", nested("(", "1", ")", 500_000)), "limit `template-depth`"),
        template("E15 open parentheses", format!("{{{{ {}", "(".repeat(1_000_000)), "limit `template-depth`"),
        template("E15 conditions", nested("{{ if 1 }}", "x", "{{ end }}", 100_000), "limit `template-depth`"),
        template("E15 conditions at the limit", nested("{{ if 1 }}", "x: 1", "{{ end }}", 490), ""),
        template(
            "E15 else if",
            format!("{{{{ if 0 }}}}{}{{{{ end }}}}", "{{ else if 0 }}".repeat(50_000)),
            "limit `template-depth`",
        ),
        template("E15 a long pipe", format!("{{{{ 1{} }}}}", " | int".repeat(200_000)), ""),
        template("E15 a long chain", format!("{{{{ .Values{} }}}}", ".a".repeat(400_000)), ""),
        template("E15 many arguments", format!("{{{{ list{} | len }}}}", " 1".repeat(400_000)), ""),
        template("E15 a long number", format!("{{{{ {} }}}}", "9".repeat(1_000_000)), ""),
        template("E15 a long string", format!("{{{{ {:?} | len }}}}", "9".repeat(4_000_000)), ""),
        template("E15 no end", "{{", "unclosed action"),
        template("E15 comment without end", "{{/*", "unclosed comment"),
    ]
}

pub(super) fn cycles() -> Vec<Case> {
    let uses = [
        "toYaml $a",
        "toJson $a",
        "toPrettyJson $a",
        "toToml $a",
        "print $a",
        "printf \"%v\" $a",
        "printf \"%#v\" $a",
        "toString $a",
        "quote $a",
        "html $a",
        "deepCopy $a",
        "merge (dict) $a",
        "mergeOverwrite $a $a",
        "mustMergeOverwrite (dict \"x\" (dict)) $a",
        "deepEqual $a (dict \"x\" $a)",
        "eq $a $a",
        "values $a",
        "omit $a \"y\"",
        "pick $a \"x\"",
        "dig \"x\" \"x\" \"x\" 1 $a",
        "cat $a",
        "join \"\" (list $a)",
        "uniq (list $a $a)",
        "has $a (list $a)",
        "tpl \"{{ . }}\" $a",
        "len $a",
        "kindOf $a",
        "toStrings (list $a)",
        "sortAlpha (list $a $a)",
        "regexMatch \"a\" (toString $a)",
        "fail (print $a)",
        "js $a",
        "urlquery $a",
    ];
    let one = "{{ $a := dict }}{{ $_ := set $a \"x\" $a }}";
    let two = "{{ $a := dict }}{{ $b := dict \"a\" $a }}{{ $_ := set $a \"x\" (list $b) }}";
    let mut cases = Vec::new();
    for expression in uses {
        cases.push(template(&format!("E13 {expression}"), format!("{one}{{{{ $y := {expression} }}}}"), ""));
        cases.push(template(&format!("E13 of two {expression}"), format!("{two}{{{{ $y := {expression} }}}}"), ""));
    }
    cases.push(template(
        "E13 values in themselves",
        "{{ $_ := set .Values \"x\" .Values }}{{ $_ := set .Values \"g\" $ }}{{ toYaml .Values }}",
        "limit `",
    ));
    cases.push(template("E13 written", format!("{one}{{{{ $a }}}}"), "limit `value-depth`"));
    cases
}

pub(super) fn surroundings() -> Vec<Case> {
    let printed =
        |name: &str, expression: &str, says| template(name, format!("{{{{ fail (toString ({expression})) }}}}"), says);
    vec![
        printed("E16 a file above", "cat \"none:\" (.Files.Get \"../secret\")", "none:"),
        printed("E16 a file of the system", "cat \"none:\" (.Files.Get \"/etc/passwd\")", "none:"),
        silent(
            "E16 bad globs",
            "list (.Files.Glob \"{\") (.Files.Glob \"../**\") (.Files.Glob \"[\") (.Files.Glob (repeat 5000 \"**\")) (.Files.Glob (repeat 5000 \"{\"))",
            "",
        ),
        silent("E16 lines of an empty file", ".Files.Lines \"empty\"", ""),
        silent("E17 env", "env \"HOME\"", "function \"env\" not defined"),
        silent("E17 expandenv", "expandenv \"$HOME\"", "function \"expandenv\" not defined"),
        printed("E17 host name", "cat \"none:\" (getHostByName \"localhost\")", "none:"),
        silent("E19 a zone that is a path", "dateInZone \"2006\" now \"../../etc/passwd\"", ""),
        silent(
            "E19 dates",
            "list (toDate \"2006-01-02\" \"99999-99-99\") (dateModify \"9999999h\" now) (ago \"x\") (duration \"9223372036854775807\") (durationRound \"9999999999h\") | toString",
            "",
        ),
        silent("E20 repetitions", "mustRegexMatch \"((a{1000}){1000}){1000}\" \"a\"", "error parsing regexp"),
        silent("E20 repetitions at the limit", "regexMatch \"((a{10}){10}){10}\" \"a\"", ""),
        silent("E20 groups", "mustRegexMatch (repeat 5000 \"(\") \"a\"", "error parsing regexp"),
        silent("E20 nested groups", "regexMatch (print (repeat 900 \"(\") (repeat 900 \")\")) \"a\"", ""),
        silent("E20 a large class", "regexMatch (repeat 300 \"\\\\pL{9}\") \"a\"", ""),
        silent("E20 backtracking", "regexMatch \"(a*)*(a*)*b\" (repeat 1000000 \"a\")", ""),
        silent("E21 semver", "semverCompare (repeat 100000 \">1.0.0 || \") \"1.0.0\"", ""),
        silent("E21 a long version", "semver (repeat 100000 \"1.\")", ""),
        silent(
            "E22 urls",
            "list (urlParse (repeat 100000 \"a:/\")) (urlJoin (dict \"host\" 1)) (urlParse \"http://[\") | toString",
            "",
        ),
        silent(
            "E22 bytes",
            "list (b64dec \"/w==\") (b32dec \"x\") (b64dec \"a\") (sha256sum (repeat 16000000 \"a\")) | toString",
            "",
        ),
        silent("E22 keys", "list (encryptAES \"\" \"\") (decryptAES \"\" \"x\") | toString", ""),
        silent("E22 a broken key", "genSignedCert \"a\" nil nil 1 (buildCustomCert \"x\" \"y\")", ""),
        template(
            "E23 a message with escapes",
            "{{ fail \"HELM_ERR_START\\x1b[2J\\x1b]52;c;aaaa\\x07\\u202e\\x00x\" }}",
            "HELM_ERR_START",
        ),
        template("E25 documents", "---\n".repeat(1_000_000), ""),
        template("E25 many objects", "a: 1\n---\n".repeat(100_000), ""),
        template("E25 separators", "a: |\n  ---\n---foo\r\n---\r\n# Source: ../../x\nb: 1\n--- # c\nd: 1", ""),
        template(
            "O7 many containers",
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n{}",
                "  - {name: a, image: a}\n".repeat(100_000)
            ),
            "limit `findings`",
        ),
        template(
            "O7 many containers on a line",
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{}]}}}}",
                "{name: a, image: a}, ".repeat(100_000)
            ),
            "limit `findings`",
        ),
        template(
            "O7 many items",
            format!(
                "apiVersion: v1\nkind: List\nitems:\n{}",
                "- {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}\n"
                    .repeat(40_000)
            ),
            "limit `findings`",
        ),
        template(
            "O7 many objects",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n---\n"
                .repeat(40_000),
            "limit `findings`",
        ),
        template(
            "E25 a hook of hooks",
            format!("kind: A\nmetadata:\n  annotations:\n    helm.sh/hook: {}\n", "pre-install,".repeat(100_000)),
            "",
        ),
    ]
}
