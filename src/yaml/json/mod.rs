//! JSON as Go's encoding/json writes and reads it.

mod descent;
mod parse;
mod write;

pub(super) use descent::Descent;
pub use parse::{ParseError, parse, parse_text};
pub use write::{Layout, MarshalError, write};
pub(super) use write::{base64, escape, go_lossy, scalar_text};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::origin::{Chain, Frame, Key, Leaf, Mark, Origins};
    use crate::source::{Place, SourceId, Span};
    use crate::text::Text;
    use crate::value::Value;
    use crate::yaml::Placed;

    fn written(value: &Value, layout: Layout) -> String {
        let frame = Frame { place: Place { source: SourceId(0), offset: 0 }, chain: Chain::TOP };
        let text = write(value, layout, frame, &mut Origins::new(true), &Limits::default());
        text.map_or_else(|error| format!("! {error}"), |text| text.to_str().into_owned())
    }

    /// What helm 4.2.4 prints with `mustToJson`, `toPrettyJson` and `toRawJson`.
    #[test]
    fn json_is_written_as_go_writes_it() {
        let text = Value::str(Text::from(&b"<&>\"\\\n\x08\x00\xe2\x82\xe2\x80\xa8\x7f"[..]));
        assert_eq!(
            written(&text, Layout::default()),
            "\"\\u003c\\u0026\\u003e\\\"\\\\\\n\\b\\u0000\\ufffd\\ufffd\\u2028\x7f\""
        );
        assert_eq!(written(&Value::str("<&>"), Layout { raw: true, pretty: false }), "\"<&>\"");
        let numbers = [1.0, 1e21, 1e-7, 100.5, 1e20, -0.0].map(Value::float);
        assert_eq!(
            written(&Value::list(numbers.into()), Layout::default()),
            "[1,1e+21,1e-7,100.5,100000000000000000000,-0]"
        );
        let (value, _) = parse(br#"{"b":{},"a":[],"c":[1,{"x":"y"}]}"#, &Limits::default()).unwrap();
        let pretty = "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    {\n      \"x\": \"y\"\n    }\n  ]\n}";
        assert_eq!(written(&value, Layout { raw: false, pretty: true }), pretty);
        assert_eq!(written(&Value::float(f64::NAN), Layout::default()), "! json: unsupported value: NaN");
    }

    /// What helm 4.2.4 says with `fromJson`.
    #[test]
    fn errors_are_go_s() {
        for (text, expected) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("-", "invalid character ' ' in numeric literal"),
            ("{\"a\":01}", "invalid character '1' after object key:value pair"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("{\"a\":tru}", "invalid character '}' in literal true (expecting 'e')"),
            ("{a}", "invalid character 'a' looking for beginning of object key string"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            ("{} x", "invalid character 'x' after top-level value"),
        ] {
            let error = parse(text.as_bytes(), &Limits::default()).unwrap_err();
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn strings_and_budgets() {
        let limits = Limits { yaml_depth: 2, yaml_nodes: 4, ..Limits::default() };
        let (value, _) = parse(br#""\u00e9\ud800\ud83d\ude00\/""#, &limits).unwrap();
        assert_eq!(value.as_text().unwrap().to_str(), "é\u{fffd}😀/");
        let (_, range) = parse(b"[1e999]", &limits).unwrap();
        assert_eq!(range.unwrap(), "json: cannot unmarshal number 1e999 into Go value of type float64");
        assert!(parse(b"[[1]]", &limits).is_ok());
        assert!(matches!(parse(b"[[[1]]]", &limits), Err(ParseError::Limit(_))));
        assert!(parse(b"[1,2,3]", &limits).is_ok());
        assert!(matches!(parse(b"[1,2,3,4]", &limits), Err(ParseError::Limit(_))));
    }

    #[test]
    fn what_is_read_has_the_origin_of_its_bytes() {
        let frame = Frame { place: Place { source: SourceId(0), offset: 0 }, chain: Chain::TOP };
        let mut origins = Origins::new(true);
        let mut text = Text::new();
        let mut push = |bytes: &str, origins: &mut Origins| {
            let span = Span::new(SourceId(1), text.len(), text.len());
            let leaf = origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root });
            text.push_marked(bytes.as_bytes(), leaf, 0);
            leaf
        };
        let leaves = ["{\"", "k", "\": [1", "2", ", \"a\\n", "bc", "\", true]}"].map(|part| push(part, &mut origins));
        let placed = Placed::new(&text, Mark::NONE, frame, &mut origins);
        let (value, _) = parse_text(placed, &Limits::default()).unwrap();
        let (key, list) = value.as_map().unwrap().entries().remove(0);
        let of = |mark: Mark| -> Vec<usize> {
            let number = |leaf: &Mark| leaves.iter().position(|other| other == leaf).unwrap();
            origins.leaves_of(mark).iter().map(number).collect()
        };
        assert_eq!(of(key.text().unwrap().runs()[0].mark), [1]);
        let items = list.as_list().unwrap().items();
        assert_eq!((of(items[0].mark()), of(items[2].mark())), (vec![2, 3], vec![6]));
        let string = items[1].as_text().unwrap();
        let runs: Vec<_> =
            string.runs().iter().map(|run| (run.end, of(run.mark), run.at != crate::origin::NO_OFFSET)).collect();
        assert_eq!(runs, [(1, vec![4], true), (2, vec![4], false), (4, vec![5], true)]);
    }
}
