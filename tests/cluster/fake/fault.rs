//! Faults on order: which request fails, and how.

use std::time::Duration;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 429 with `Retry-After` of that many seconds.
    TooMany(u64),
    /// 500 with a Status.
    Internal,
    /// The connection is reset before anything is done.
    Reset,
    /// The request is carried out and the connection is reset before the answer.
    AppliedThenReset,
    /// The answer ends after that many bytes.
    Truncated(usize),
    /// 200 with a body that is no JSON.
    Garbage,
    /// 410, as for a watch or a continuation that is too old.
    Gone,
    /// 401, as for a token that has expired.
    Expired,
    /// 403 by a quota.
    Quota,
    /// 403 by a webhook.
    Webhook,
    /// 403 by missing rights.
    Rbac,
    /// No answer for that long, then the ordinary one.
    Hang(Duration),
}

/// The `first` matching request and the ones after it, `times` in all, get the fault.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// `GET`, `POST`, …; empty for any.
    pub(crate) method: &'static str,
    /// A part of path and query.
    pub(crate) part: &'static str,
    /// Counted from 1.
    pub(crate) first: usize,
    pub(crate) times: usize,
    pub(crate) fault: Fault,
}

/// The rules in force and how often each has matched.
#[derive(Default)]
pub(crate) struct Script(Vec<(Rule, usize)>);

impl Script {
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0.push((rule, 0));
    }

    /// The fault of this request. Every rule counts it.
    pub(crate) fn next(&mut self, method: &str, uri: &str) -> Option<Fault> {
        let mut found = None;
        for (rule, count) in &mut self.0 {
            if (rule.method.is_empty() || rule.method == method) && uri.contains(rule.part) {
                *count += 1;
                if found.is_none() && *count >= rule.first && *count - rule.first < rule.times {
                    found = Some(rule.fault);
                }
            }
        }
        found
    }
}
