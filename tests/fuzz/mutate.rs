//! From a good chart to a bad one: a few changes of template text, values, metadata, arguments, archives.

use crate::archive;
use crate::case::{Case, Shape};
use crate::rng::Rng;
use crate::words;

/// A manifest to begin with.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations: {a: b}\nspec:\n  hostNetwork: true\n  \
    containers:\n  - name: b\n    image: c:latest\n    securityContext:\n      privileged: true\n      capabilities: {add: [ALL]}\n    \
    ports: [{containerPort: 80, hostPort: 80}]\n  volumes:\n  - name: v\n    hostPath: {path: /}\n";

/// A case out of a seed.
pub(crate) fn case(seed: &Case, rng: &mut Rng) -> Case {
    let mut case = seed.clone();
    if rng.once_in(12) {
        case.shape = Shape::Manifests;
        case.files.retain(|(name, _)| name.ends_with(".yaml") && !name.contains("templates/"));
        case.files.truncate(1);
        if case.files.is_empty() || rng.once_in(2) {
            case.files = vec![("pod.yaml".into(), POD.into())];
        }
    }
    for _ in 0..=rng.below(4) {
        if !case.files.is_empty() {
            let at = rng.below(case.files.len());
            let donor = case.files[rng.below(case.files.len())].1.clone();
            let (name, bytes) = &mut case.files[at];
            let is_yaml = !name.contains("templates/");
            for _ in 0..=rng.below(3) {
                text(bytes, &donor, is_yaml, rng);
            }
        }
    }
    if case.shape == Shape::Manifests {
        return case;
    }
    if rng.once_in(3) {
        let calls: Vec<String> =
            (0..=rng.below(6)).map(|_| format!("a: {{{{ {} }}}}\n", words::pipeline(rng, 3))).collect();
        case.files.push(("templates/calls.yaml".into(), calls.concat().into_bytes()));
    }
    if rng.once_in(3) {
        case.set = (0..=rng.below(3)).map(|_| words::set(rng)).collect();
    }
    if rng.once_in(10) {
        let at = rng.below(case.files.len());
        let name = rng.pick(&[
            "templates/NOTES.txt",
            "values.yaml",
            "values.schema.json",
            ".helmignore",
            "Chart.lock",
            "charts/a/Chart.yaml",
        ]);
        case.files[at].0 = name.to_owned();
    }
    if rng.once_in(8) {
        case = case.packed(|tar| archive::mutate(tar, rng));
        if rng.once_in(3) {
            let packed = &mut case.files[0].1;
            let at = rng.below(packed.len());
            packed[at] = rng.next() as u8;
        }
    }
    case
}

/// One change.
fn text(bytes: &mut Vec<u8>, donor: &[u8], is_yaml: bool, rng: &mut Rng) {
    let at = rng.below(bytes.len() + 1);
    let end = at + rng.size().min(bytes.len() - at);
    match rng.below(11) {
        0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
        1 => {
            bytes.drain(at..end);
        }
        2 => {
            let part = bytes[at..end].to_vec();
            let times = if part.len() < 64 { rng.size() } else { rng.below(4) };
            bytes.splice(at..at, part.repeat(times));
        }
        3 => {
            let from = rng.below(donor.len() + 1);
            let to = from + rng.size().min(donor.len() - from);
            bytes.splice(at..end.min(at + 40), donor[from..to].iter().copied());
        }
        4 => replace_number(bytes, at, rng),
        5 if bytes.len() < 100_000 => {
            // Deep nesting of one word.
            let word = words::word(rng).into_bytes().repeat(rng.size());
            bytes.splice(at..at, word);
        }
        6 => bytes.truncate(at),
        7 => lines(bytes, rng),
        8 if !is_yaml => {
            let action = format!("{{{{ {} }}}}", words::pipeline(rng, 3));
            bytes.splice(at..at, action.into_bytes());
        }
        _ => {
            let word = if is_yaml { words::yaml(rng) } else { words::word(rng) };
            bytes.splice(at..at, word.into_bytes());
        }
    }
}

fn replace_number(bytes: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let new =
        rng.pick(&["0", "-1", "9223372036854775807", "18446744073709551616", "1e400", "", "1.5", "0x7f", "4294967296"]);
    bytes.splice(start..start + length, new.bytes());
}

/// Moves, doubles or indents a line.
fn lines(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let mut all: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (from, to) = (rng.below(all.len()), rng.below(all.len()));
    if all.is_empty() {
        return;
    }
    match rng.below(4) {
        0 => all.swap(from, to),
        1 => {
            let line = all[from].clone();
            all.insert(to, line);
        }
        2 => all[from].splice(0..0, *b"  ").for_each(drop),
        _ => {
            all.remove(from);
        }
    }
    *bytes = all.concat();
}
