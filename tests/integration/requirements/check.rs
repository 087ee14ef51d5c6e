//! Requirements as checks of rendered objects. Each brings edits that break it, and must notice every one of them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::world::{Case, World, pod};

type Check = Box<dyn Fn(&World) -> Vec<String>>;
/// A change to what was rendered.
pub(super) type Edit = Box<dyn Fn(&mut World)>;

/// A check, and edits of what was rendered that it must notice.
pub(super) struct Requirement {
    check: Check,
    breaks: Vec<Edit>,
}

impl Requirement {
    /// Fails unless the charts keep it and every edit is noticed.
    pub(super) fn hold(&self) {
        let world = World::shared();
        let wrong = (self.check)(world);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(!self.breaks.is_empty(), "nothing says how it would be broken");
        for (number, edit) in self.breaks.iter().enumerate() {
            let mut broken = world.clone();
            edit(&mut broken);
            assert!(!(self.check)(&broken).is_empty(), "edit {number} is not noticed");
        }
    }
}

/// What a check or an edit is about.
#[derive(Clone, Copy)]
pub(super) struct Over {
    what: What,
    chart: &'static str,
    case: &'static str,
}

#[derive(Clone, Copy)]
enum What {
    Kind(&'static str),
    Pods,
    Containers,
}

pub(super) const PODS: Over = Over { what: What::Pods, chart: "", case: "" };
pub(super) const CONTAINERS: Over = Over { what: What::Containers, chart: "", case: "" };

/// The objects of a kind.
pub(super) const fn kind(kind: &'static str) -> Over {
    Over { what: What::Kind(kind), chart: "", case: "" }
}

impl Over {
    /// Those of one chart.
    pub(super) const fn of(self, chart: &'static str) -> Self {
        Self { chart, ..self }
    }

    /// Those of one case.
    pub(super) const fn with(self, case: &'static str) -> Self {
        Self { case, ..self }
    }

    /// Case, object and pointer of each.
    fn places(&self, world: &World) -> Vec<(usize, usize, String)> {
        let mut places = Vec::new();
        for (number, case) in world.cases.iter().enumerate() {
            if !(self.chart.is_empty() || self.chart == case.chart) || !(self.case.is_empty() || self.case == case.name)
            {
                continue;
            }
            for (index, object) in case.objects.iter().enumerate() {
                match self.what {
                    What::Kind(kind) if object["kind"] == kind => places.push((number, index, String::new())),
                    What::Kind(_) => {}
                    What::Pods => places.extend(pod(object).map(|pod| (number, index, pod.to_owned()))),
                    What::Containers => {
                        let Some(pod) = pod(object) else { continue };
                        for key in ["containers", "initContainers"] {
                            let list = format!("{pod}/{key}");
                            let count = object.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
                            places.extend((0..count).map(|item| (number, index, format!("{list}/{item}"))));
                        }
                    }
                }
            }
        }
        places
    }
}

/// The pointers that a path leads to; `*` stands for each item.
fn expand(object: &Value, from: &str, path: &[&str]) -> Vec<String> {
    let Some((step, rest)) = path.split_first() else { return vec![from.to_owned()] };
    let at = object.pointer(from);
    if *step == "*" {
        let count = at.and_then(Value::as_array).map_or(0, Vec::len);
        return (0..count).flat_map(|item| expand(object, &format!("{from}/{item}"), rest)).collect();
    }
    if at.and_then(|at| at.get(*step)).is_none() {
        return Vec::new();
    }
    expand(object, &format!("{from}/{}", step.replace('~', "~0").replace('/', "~1")), rest)
}

/// Every place has the path, and what is there fits.
pub(super) fn each(over: Over, path: &'static [&str], fits: impl Fn(&Value) -> bool + 'static) -> Requirement {
    let check = move |world: &World| {
        let places = over.places(world);
        let mut wrong = Vec::new();
        if places.is_empty() {
            wrong.push("there is nothing to look at".to_owned());
        }
        for (number, index, from) in places {
            let (case, object) = (&world.cases[number], &world.cases[number].objects[index]);
            let found = expand(object, &from, path);
            let misfits = found.iter().filter(|pointer| !object.pointer(pointer).is_some_and(&fits));
            let misfits: Vec<_> = if found.is_empty() { vec![&from] } else { misfits.collect() };
            let name = format!("{}: {}/{}", case.label(), object["kind"], object["metadata"]["name"]);
            wrong.extend(misfits.into_iter().map(|pointer| format!("{name}: {pointer} {}", path.join("."))));
        }
        wrong
    };
    Requirement { check: Box::new(check), breaks: vec![set(over, path, Value::from("broken")), cut(over, path)] }
}

/// Every place has this value at the path.
pub(super) fn every(over: Over, path: &'static [&str], value: impl Into<Value>) -> Requirement {
    let value = value.into();
    each(over, path, move |found| *found == value)
}

/// No place has the path.
pub(super) fn absent(over: Over, path: &'static [&str]) -> Requirement {
    let check = move |world: &World| {
        let places = over.places(world);
        let mut wrong = if places.is_empty() { vec!["there is nothing to look at".to_owned()] } else { Vec::new() };
        for (number, index, from) in places {
            let (case, object) = (&world.cases[number], &world.cases[number].objects[index]);
            wrong.extend(expand(object, &from, path).iter().map(|pointer| format!("{}: {pointer}", case.label())));
        }
        wrong
    };
    Requirement { check: Box::new(check), breaks: vec![set(over, path, Value::from("broken"))] }
}

/// All of them.
pub(super) fn all(requirements: Vec<Requirement>) -> Requirement {
    let (mut checks, mut breaks): (Vec<Check>, Vec<Edit>) = (Vec::new(), Vec::new());
    for requirement in requirements {
        checks.push(requirement.check);
        breaks.extend(requirement.breaks);
    }
    Requirement { check: Box::new(move |world| checks.iter().flat_map(|check| check(world)).collect()), breaks }
}

/// A check of its own, which returns what is wrong.
pub(super) fn rule(check: impl Fn(&World) -> Vec<String> + 'static, breaks: Vec<Edit>) -> Requirement {
    Requirement { check: Box::new(check), breaks }
}

/// Puts a value at a path of the last place, behind a list when the path ends in `-`.
pub(super) fn set(over: Over, path: &'static [&str], value: impl Into<Value>) -> Edit {
    let value = value.into();
    Box::new(move |world| {
        let (last, parents) = path.split_last().unwrap();
        let at = |world: &World| {
            let places = over.places(world).into_iter().rev();
            let mut found = places.filter_map(|(number, index, from)| {
                let pointer = expand(&world.cases[number].objects[index], &from, parents).pop()?;
                Some((number, index, pointer))
            });
            found.next()
        };
        let (number, index, pointer) = at(world).expect("a place to edit");
        match world.cases[number].objects[index].pointer_mut(&pointer).unwrap() {
            Value::Array(items) if *last == "-" => items.push(value.clone()),
            Value::Array(items) => *items.last_mut().unwrap() = value.clone(),
            other => other[*last] = value.clone(),
        }
    })
}

/// Removes what a path of the last place leads to.
pub(super) fn cut(over: Over, path: &'static [&str]) -> Edit {
    Box::new(move |world| {
        let mut found = over.places(world).into_iter().rev().filter_map(|(number, index, from)| {
            let pointer = expand(&world.cases[number].objects[index], &from, path).pop()?;
            Some((number, index, pointer))
        });
        let (number, index, pointer) = found.next().expect("a place to edit");
        drop(found);
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match world.cases[number].objects[index].pointer_mut(parent).unwrap() {
            // All of them: one item less may be right as well.
            Value::Array(items) => items.clear(),
            Value::Object(entries) => drop(entries.remove(&key.replace("~1", "/").replace("~0", "~"))),
            _ => unreachable!("a pointer leads into a list or a map"),
        }
    })
}

/// Takes the objects away.
pub(super) fn without(over: Over) -> Edit {
    Box::new(move |world| {
        let places = over.places(world);
        assert!(!places.is_empty(), "objects to take away");
        places.iter().rev().for_each(|(number, index, _)| drop(world.cases[*number].objects.remove(*index)));
    })
}

/// Takes a chart's file away.
pub(super) fn without_file(name: &'static str) -> Edit {
    Box::new(move |world| drop(world.files.remove(name).expect("a file to edit")))
}

pub(super) fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Everything that is wrong with each case of the scanner charts, named.
pub(super) fn in_each(check: impl Fn(&Case) -> Vec<String>) -> impl Fn(&World) -> Vec<String> {
    move |world| {
        let of =
            |case: &Case| check(case).into_iter().map(|what| format!("{}: {what}", case.label())).collect::<Vec<_>>();
        world.of_scanners().flat_map(of).collect()
    }
}

pub(super) fn nightly(of: &'static str) -> Over {
    kind(of).of("standard-scanner").with("nightly")
}

pub(super) fn common(of: &'static str) -> Over {
    kind(of).of("common-scanner").with("default")
}
