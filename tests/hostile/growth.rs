//! Templates that make much out of little, or do what is dear very often.

use super::{Case, silent, template};

pub(super) fn growth() -> Vec<Case> {
    let doubled = |step: &str| {
        format!("{{{{ $x := \"xxxxxxxx\" }}}}{{{{ range 60 }}}}{{{{ $x = {step} }}}}{{{{ end }}}}{{{{ $x }}}}")
    };
    let grown = |start: &str, rounds: u32, step: &str| {
        format!("{{{{ $x := {start} }}}}{{{{ range {rounds} }}}}{{{{ $x = {step} }}}}{{{{ end }}}}")
    };
    let often = |expression: &str| format!("{{{{ range 1000000 }}}}{{{{ $x := {expression} }}}}{{{{ end }}}}");
    let large = "{{ $s := repeat 1000000 \"aaaaaaaa\" }}{{ $l := until 900000 }}";
    let heavy = |expression: &str| format!("{large}{}", often(expression));
    let mut cases = vec![
        silent("E10 repeat", "repeat 100000000 \"X\"", "limit `string-bytes`"),
        silent("E10 repeat largest", "repeat 9223372036854775807 \"XX\"", "length overflow"),
        silent("E10 repeat below zero", "repeat -1 \"X\"", "negative Repeat count"),
        silent("E10 indent", "indent 100000000 \"a\"", "limit `string-bytes`"),
        silent("E10 indent below zero", "indent -1 \"a\"", "negative Repeat count"),
        silent("E10 nindent of lines", "nindent 100000 (repeat 100000 \"a\\n\")", "limit `string-bytes`"),
        silent("E10 randAlpha", "randAlpha 50000000", "limit `string-bytes`"),
        silent("E10 randBytes", "randBytes 50000000", "limit `string-bytes`"),
        silent("E10 seq", "seq 1 50000000", "limit `"),
        silent("E10 untilStep", "untilStep 0 9223372036854775807 1", "limit `list-items`"),
        silent("E10 untilStep over the end", "untilStep 9223372036854775800 9223372036854775807 3", ""),
        silent("E10 untilStep by zero", "untilStep 0 10 0", ""),
        silent(
            "E10 trunc and substr",
            "list (trunc 9 \"é\") (trunc -1 \"é\") (trunc 1 \"é\") (substr -1 9 \"a\") (substr 2 1 \"abc\") | toString",
            "",
        ),
        silent("E10 slice out of range", "slice (list 1 2) 3 1", ""),
        silent(
            "E10 smallest integer",
            "list (div -9223372036854775808 -1) (mod -9223372036854775808 -1) (mul 9223372036854775807 9) | toString",
            "",
        ),
        silent("E10 wrap", "wrapWith 1 (repeat 1000000 \"ab\") (repeat 1000000 \"a \")", "limit `string-bytes`"),
        silent("E10 replace", "replace \"\" (repeat 1000 \"x\") (repeat 1000000 \"y\")", "limit `string-bytes`"),
        silent(
            "E10 regexReplaceAll",
            "regexReplaceAll \"\" (repeat 1000000 \"y\") (repeat 1000 \"x\")",
            "limit `string-bytes`",
        ),
        silent("E10 splitList", "splitList \"\" (repeat 2000000 \"y\")", "limit `list-items`"),
        silent("E10 regexFindAll", "regexFindAll \"\" (repeat 2000000 \"y\") -1", "limit `list-items`"),
        silent("E10 chunk", "chunk 0 (until 10)", ""),
        silent("E10 join", "join (repeat 1000 \"-\") (until 900000)", "limit `string-bytes`"),
        silent("E11 printf width", "printf \"%1000000000d\" 1", ""),
        silent("E11 printf widths", "printf (repeat 100 \"%999999d\") 1", ""),
        silent("E11 printf star", "printf \"%*d%[9]*.[7]*[8]f%!\" 999999999999 1", ""),
        silent("E11 printf precision", "printf \"%.999999f\" 1e308", ""),
        silent("E11 round", "round 1.5 2147483647", ""),
        template("E10 doubling by printf", doubled("printf \"%s%s\" $x $x"), "limit `string-bytes`"),
        template("E10 doubling by cat", doubled("cat $x $x"), "limit `string-bytes`"),
        template("E10 doubling by quote", doubled("quote $x | quote | quote | quote"), "limit `string-bytes`"),
        template("E10 doubling by tpl", doubled("tpl (print $x $x) $"), "limit `"),
        template("E10 doubling by print of a list", doubled("print (list $x $x)"), "limit `string-bytes`"),
        template("E10 doubling by hex", doubled("printf \"%x\" $x"), "limit `string-bytes`"),
        template("E10 doubling lists", grown("list 1", 60, "concat $x $x"), "limit `list-items`"),
        template("E10 nesting lists", grown("list 1", 100_000, "list $x") + "{{ toYaml $x }}", "limit `value-depth`"),
        template("E10 nesting lists for nothing", grown("list 1", 400_000, "list $x"), ""),
        template("E10 nesting maps for nothing", grown("dict", 400_000, "dict \"a\" $x"), ""),
        template("E10 shared lists", grown("list 1", 64, "list $x $x") + "{{ toJson $x }}", "limit `"),
        template(
            "E10 shared lists compared",
            grown("list 1", 64, "list $x $x")
                + "{{ $y := list 1 }}{{ range 64 }}{{ $y = list $y $y }}{{ end }}{{ deepEqual $x $y }}",
            "limit `template-steps`",
        ),
        template(
            "E14 shared maps merged",
            grown("dict \"a\" 1", 64, "dict \"a\" $x \"b\" $x") + "{{ $y := mergeOverwrite (dict) $x (deepCopy $x) }}",
            "limit `template-steps`",
        ),
    ];
    // Loops whose rounds are dear.
    for expression in [
        "sha256sum $s",
        "b64enc $s",
        "upper $s",
        "len (print $s)",
        "append $l 1",
        "prepend $l 1",
        "reverse $l",
        "rest $l",
        "without $l 1",
        "uniq $l",
        "has -1 $l",
        "sortAlpha $l",
        "toJson $l",
        "regexMatch \"b$\" $s",
        "contains \"b\" $s",
        "eq $s (print $s \"x\")",
        "trimSuffix \"b\" $s",
        "fromJson $s",
        "semver $s",
        "adler32sum $s",
        "urlquery $s",
        "html $s",
        "splitList \"b\" $s",
        "hasKey (dict) $s",
        "set (dict) $s 1",
        "atoi $s",
        "int $s",
        "toDate \"2006\" $s",
        "untitle $s",
        "nospace $s",
        "camelcase $s",
        "initials $s",
        "index $l 5",
        "slice $l 1",
        "keys (dict \"a\" 1)",
        "toString $l",
        "join \",\" $l",
        "compact $l",
        "deepEqual $l $l",
        "kindOf $l",
        "concat $l",
        "chunk 10 $l",
        "regexMatch (print \"(a|b){1,900}\" (randNumeric 9)) \"\"",
        "regexFind (print \"\\\\pL{90}\" (randNumeric 9)) \"\"",
        "$.Files.Glob (print \"{a,b}*\" (randNumeric 9))",
        "randAlphaNum 200",
        "tpl (randAlphaNum 200) $",
        "derivePassword 1 \"long\" \"a\" \"b\" \"c\"",
    ] {
        cases.push(template(&format!("E10 a million times {expression}"), heavy(expression), ""));
    }
    for expression in [
        "bcrypt \"a\"",
        "htpasswd \"a\" \"b\"",
        "derivePassword 1 \"long\" \"a\" \"b\" \"c\"",
        "genCA \"a\" 1",
        "genPrivateKey \"ecdsa\"",
        "genPrivateKey \"ed25519\"",
        "genSelfSignedCert \"a\" (list) (list) 1",
    ] {
        cases.push(template(
            &format!("E12 a thousand times {expression}"),
            format!("{{{{ range 1000 }}}}{{{{ $x := {expression} }}}}{{{{ end }}}}"),
            "limit `crypto-calls`",
        ));
    }
    cases
}
