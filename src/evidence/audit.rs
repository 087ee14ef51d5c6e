//! An audit policy of the API server: whether it logs who reads Secrets and who changes rights.
//!
//! The first rule that matches a request decides, and stages that are left out are not logged, as
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/> has it. A request is judged as that of anybody: rules that
//! hold for some users, namespaces or names only are exceptions from what the rules behind them say.

use serde_json::Value;

use crate::limits::Limits;
use crate::yaml;
use crate::yaml::node::Node;

/// How much of a request is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    None,
    Metadata,
    Request,
    RequestResponse,
}

/// An audit policy as its file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPolicy {
    /// The file.
    pub file: String,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    line: u32,
    level: Level,
    users: Vec<String>,
    groups: Vec<String>,
    verbs: Vec<String>,
    namespaces: Vec<String>,
    /// `None` when the rule says nothing of resources.
    resources: Option<Vec<Resources>>,
    urls: bool,
    /// Whether the end of a request is not logged, be it by this rule or for the whole policy.
    end_omitted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Resources {
    group: String,
    resources: Vec<String>,
    names: bool,
}

/// What a gap in a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// Nothing at all is logged.
    Everything,
    /// Reading or changing Secrets leaves no trace.
    Secrets,
    /// Changing rights leaves no trace.
    Rights,
    /// The content of Secrets is written into the log.
    Content,
}

/// Something that a policy does not log as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What it is about.
    pub concern: Concern,
    /// The line of the rule that decides, or of `rules` when none does.
    pub line: u32,
    /// One sentence.
    pub message: String,
}

/// A kind of request, and how many verbs there are of it.
struct Probe {
    concern: Concern,
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
}

const CHANGES: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
const RIGHTS: &str = "rbac.authorization.k8s.io";
const PROBES: [Probe; 6] = [
    Probe { concern: Concern::Secrets, group: "", resource: "secrets", verbs: &["get", "list", "watch"] },
    Probe { concern: Concern::Secrets, group: "", resource: "secrets", verbs: CHANGES },
    Probe { concern: Concern::Rights, group: RIGHTS, resource: "roles", verbs: CHANGES },
    Probe { concern: Concern::Rights, group: RIGHTS, resource: "rolebindings", verbs: CHANGES },
    Probe { concern: Concern::Rights, group: RIGHTS, resource: "clusterroles", verbs: CHANGES },
    Probe { concern: Concern::Rights, group: RIGHTS, resource: "clusterrolebindings", verbs: CHANGES },
];

/// Whether a JSON document is an audit policy.
pub(super) fn is_policy_json(document: &Value) -> bool {
    let text = |key| document.get(key).and_then(Value::as_str).unwrap_or_default();
    text("kind") == "Policy" && text("apiVersion").starts_with("audit.k8s.io/")
}

impl AuditPolicy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// It is none, or none that an API server would take.
    pub(super) fn read(file: &str, bytes: &[u8], limits: &Limits) -> Result<Self, String> {
        let node = yaml::read(bytes, limits).map_err(|error| format!("it is neither JSON nor YAML: {error}"))?;
        let node = node.ok_or("it is empty")?;
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
        if text("kind") != "Policy" || !text("apiVersion").starts_with("audit.k8s.io/") {
            return Err("it is neither a report of an image scan nor an audit policy".to_owned());
        }
        if text("apiVersion") != "audit.k8s.io/v1" {
            return Err(format!("`{}` is no longer served", text("apiVersion")));
        }
        let omitted = strings(node.get("omitStages"));
        let line = |node: &Node| {
            let before = bytes.get(..node.start as usize).unwrap_or_default();
            crate::source::clamp(before.iter().filter(|byte| **byte == b'\n').count() + 1)
        };
        let rules = node.get("rules").map(Node::items).unwrap_or_default();
        let rules: Vec<Rule> =
            rules.iter().map(|rule| Rule::read(rule, line(rule), &omitted)).collect::<Result<_, _>>()?;
        if rules.is_empty() { Err("it holds no rules".to_owned()) } else { Ok(Self { file: file.to_owned(), rules }) }
    }

    /// How many rules it has, and how many of them log something.
    #[must_use]
    pub fn rules(&self) -> (usize, usize) {
        (self.rules.len(), self.rules.iter().filter(|rule| rule.logs()).count())
    }

    /// What it does not log as it should, in the order of the file.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let first = self.rules.first().map_or(1, |rule| rule.line);
        if self.rules().1 == 0 {
            let message = "no rule logs the end of any request".to_owned();
            return vec![Gap { concern: Concern::Everything, line: first, message }];
        }
        let mut found: Vec<(Concern, u32, String, Vec<String>)> = Vec::new();
        for probe in &PROBES {
            for verb in probe.verbs {
                for (concern, line, why) in self.judge(probe, verb) {
                    let request = format!("{verb} {}", probe.resource);
                    match found.iter_mut().find(|(c, l, w, _)| (*c, *l, &**w) == (concern, line, &*why)) {
                        Some((.., requests)) => requests.push(request),
                        None => found.push((concern, line, why, vec![request])),
                    }
                }
            }
        }
        found.sort_by_key(|(concern, line, ..)| (*line, *concern));
        let gap = |(concern, line, why, requests): (_, _, String, Vec<String>)| Gap {
            concern,
            line,
            message: format!("{why}: {}", shortened(&requests)),
        };
        found.into_iter().map(gap).collect()
    }

    /// What is wrong with one kind of request: its concern, line and reason.
    fn judge(&self, probe: &Probe, verb: &str) -> Vec<(Concern, u32, String)> {
        let mut wrong = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            let Some(exception) = rule.matches(probe, verb) else { continue };
            let name = format!("rule {} has level {:?}", number + 1, rule.level);
            if rule.level == Level::None {
                if !(exception && rule.is_for_components()) {
                    let whom = if exception { " for some" } else { "" };
                    wrong.push((probe.concern, rule.line, format!("{name}{whom}")));
                }
            } else if rule.end_omitted {
                let why = format!("rule {} leaves out the stage ResponseComplete", number + 1);
                wrong.push((probe.concern, rule.line, why));
            } else if probe.concern == Concern::Secrets && rule.shows_content(verb) {
                wrong.push((Concern::Content, rule.line, format!("{name}, which writes Secrets into the log")));
            }
            if !exception {
                return wrong;
            }
        }
        let line = self.rules.last().map_or(1, |rule| rule.line);
        wrong.push((probe.concern, line, "no rule matches".to_owned()));
        wrong
    }
}

fn shortened(requests: &[String]) -> String {
    const LISTED: usize = 4;
    let more = requests.len().checked_sub(LISTED).filter(|more| *more > 0);
    let listed = requests.get(..LISTED).unwrap_or(requests).join(", ");
    more.map_or(listed.clone(), |more| format!("{listed} and {more} more"))
}

fn strings(node: Option<&Node>) -> Vec<String> {
    node.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

impl Rule {
    fn read(node: &Node, line: u32, omitted: &[String]) -> Result<Self, String> {
        let level = match node.get("level").and_then(Node::as_str) {
            Some("None") => Level::None,
            Some("Metadata") => Level::Metadata,
            Some("Request") => Level::Request,
            Some("RequestResponse") => Level::RequestResponse,
            other => return Err(format!("line {line}: the rule has level `{}`", other.unwrap_or_default())),
        };
        let stages = strings(node.get("omitStages"));
        let resources = node.get("resources").map(Node::items).filter(|resources| !resources.is_empty());
        let group = |node: &Node| Resources {
            group: node.get("group").and_then(Node::as_str).unwrap_or_default().to_owned(),
            resources: strings(node.get("resources")),
            names: node.get("resourceNames").is_some_and(|names| !names.items().is_empty()),
        };
        Ok(Self {
            line,
            level,
            users: strings(node.get("users")),
            groups: strings(node.get("userGroups")),
            verbs: strings(node.get("verbs")),
            namespaces: strings(node.get("namespaces")),
            resources: resources.map(|resources| resources.iter().map(group).collect()),
            urls: node.get("nonResourceURLs").is_some_and(|urls| !urls.items().is_empty()),
            end_omitted: stages.iter().chain(omitted).any(|stage| stage == "ResponseComplete"),
        })
    }

    fn logs(&self) -> bool {
        self.level > Level::None && !self.end_omitted
    }

    /// Whether it decides a request: `None` when it does not match, else whether for some requests of the kind only.
    fn matches(&self, probe: &Probe, verb: &str) -> Option<bool> {
        if !self.verbs.is_empty() && !self.verbs.iter().any(|known| known == verb) {
            return None;
        }
        let by_names = match &self.resources {
            Some(resources) => {
                let matching = resources.iter().filter(|resources| resources.matches(probe));
                matching.map(|resources| resources.names).min()?
            }
            None if self.urls => return None,
            None => false,
        };
        // Cluster-wide objects are in no namespace, which a policy writes as an empty one.
        let cluster_wide = probe.resource.starts_with("cluster");
        let in_namespaces = !self.namespaces.is_empty();
        if cluster_wide && in_namespaces && !self.namespaces.iter().any(String::is_empty) {
            return None;
        }
        let in_some = in_namespaces && !cluster_wide;
        Some(by_names || in_some || !self.users.is_empty() || !self.groups.is_empty())
    }

    /// Whether all it is for are parts of Kubernetes itself, whose requests are noise.
    fn is_for_components(&self) -> bool {
        let open = ["system:anonymous", "system:authenticated", "system:unauthenticated", "system:masters"];
        let component = |name: &String| {
            let account = name.starts_with("system:serviceaccount");
            name.starts_with("system:") && !open.contains(&&**name) && (!account || name.contains(":kube-system"))
        };
        !(self.users.is_empty() && self.groups.is_empty()) && self.users.iter().chain(&self.groups).all(component)
    }

    /// Whether a request for a Secret with this verb leaves its content in the log.
    fn shows_content(&self, verb: &str) -> bool {
        let sent = ["create", "update", "patch"].contains(&verb);
        let received = ["get", "list", "watch"].contains(&verb);
        (sent && self.level >= Level::Request) || (received && self.level == Level::RequestResponse)
    }
}

impl Resources {
    fn matches(&self, probe: &Probe) -> bool {
        let named = |name: &String| name == "*" || name == probe.resource;
        self.group == probe.group && (self.resources.is_empty() || self.resources.iter().any(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(rules: &str) -> Vec<String> {
        let text = format!("apiVersion: audit.k8s.io/v1\nkind: Policy\n{rules}");
        let policy = AuditPolicy::read("audit.yaml", text.as_bytes(), &Limits::default()).unwrap();
        policy.gaps().iter().map(|gap| format!("{:?} {}: {}", gap.concern, gap.line, gap.message)).collect()
    }

    #[test]
    fn a_sound_policy_has_no_gap() {
        let sound = "omitStages: [RequestReceived]\nrules:\n\
            - {level: None, users: ['system:kube-proxy'], verbs: [watch]}\n\
            - {level: None, nonResourceURLs: ['/healthz*']}\n\
            - {level: Metadata, resources: [{group: '', resources: [secrets, configmaps]}]}\n\
            - {level: RequestResponse, resources: [{group: rbac.authorization.k8s.io}]}\n\
            - {level: Metadata}\n";
        assert_eq!(gaps(sound), [""; 0]);
        assert_eq!(gaps("rules: [{level: Metadata}]\n"), [""; 0]);
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let hidden = "rules:\n- {level: None, resources: [{group: '', resources: ['*']}]}\n- {level: Metadata}\n";
        assert_eq!(
            gaps(hidden),
            ["Secrets 4: rule 1 has level None: get secrets, list secrets, watch secrets, create secrets and 4 more"]
        );
        let read = "rules:\n- {level: None, verbs: [get, list, watch]}\n- {level: Metadata}\n";
        assert_eq!(gaps(read), ["Secrets 4: rule 1 has level None: get secrets, list secrets, watch secrets"]);
        let harmless = "rules:\n- {level: Metadata}\n- {level: None}\n";
        assert_eq!(gaps(harmless), [""; 0]);
        let none = "rules:\n- {level: Metadata, resources: [{group: '', resources: [secrets]}]}\n";
        assert_eq!(
            gaps(none),
            ["Rights 4: no rule matches: create roles, update roles, patch roles, delete roles and 16 more"]
        );
    }

    #[test]
    fn exceptions_for_people_are_gaps_and_those_for_components_are_not() {
        let exception = |whom: &str| {
            gaps(&format!("rules:\n- {{level: None, {whom}, resources: [{{group: '', resources: [secrets]}}]}}\n- {{level: Metadata}}\n")).len()
        };
        assert_eq!(exception("users: [ci]"), 1);
        assert_eq!(exception("users: ['system:serviceaccount:shop:web']"), 1);
        assert_eq!(exception("userGroups: ['system:authenticated']"), 1);
        assert_eq!(exception("namespaces: [shop]"), 1);
        assert_eq!(exception("userGroups: ['system:nodes']"), 0);
        assert_eq!(exception("users: ['system:serviceaccount:kube-system:generic-garbage-collector']"), 0);
        let cluster = "rules:\n- {level: None, namespaces: [shop], resources: [{group: rbac.authorization.k8s.io, resources: [clusterroles]}]}\n- {level: Metadata}\n";
        assert_eq!(gaps(cluster), [""; 0], "a cluster role is in no namespace");
    }

    #[test]
    fn stages_and_content() {
        let stage = "omitStages: [RequestReceived, ResponseComplete]\nrules: [{level: Metadata}]\n";
        assert_eq!(gaps(stage), ["Everything 4: no rule logs the end of any request"]);
        let one = "rules:\n- {level: Metadata, omitStages: [ResponseComplete], resources: [{group: '', resources: [secrets]}]}\n- {level: Metadata}\n";
        assert!(gaps(one)[0].starts_with("Secrets 4: rule 1 leaves out the stage ResponseComplete: get secrets"));
        assert_eq!(
            gaps("rules:\n- level: Request\n"),
            [
                "Content 4: rule 1 has level Request, which writes Secrets into the log: create secrets, update secrets, patch secrets"
            ]
        );
    }

    #[test]
    fn what_an_api_server_refuses_is_refused() {
        let read = |text: &str| AuditPolicy::read("x", text.as_bytes(), &Limits::default()).unwrap_err();
        let head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
        assert_eq!(read(head), "it holds no rules");
        assert_eq!(read(&format!("{head}rules:\n- level: All\n")), "line 4: the rule has level `All`");
        assert_eq!(
            read("apiVersion: audit.k8s.io/v1beta1\nkind: Policy\n"),
            "`audit.k8s.io/v1beta1` is no longer served"
        );
        assert!(read("kind: Policy\n").contains("neither a report"));
        assert!(read("a: [\n").contains("neither JSON nor YAML"));
    }
}
