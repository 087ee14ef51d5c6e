//! Which of the three approaches to scan with: five answers and a security level to a decision, with its reasons.
//!
//! The rules are data, `schemas/advise.yaml`; what they cannot say stands here: the strongest feasible approach is advised, and
//! a record of accepted risk turns "needs risk acceptance" into "allowed". Days come as arguments: nothing here reads a clock.

mod answers;
mod decide;
mod guide;
mod record;
mod risk;

pub use answers::{Answers, Level, Malformed, Question};
pub use decide::{Decision, Fit, Rank, decide};
pub use guide::{ApproachName, Guide, Verdict};
pub use record::{markdown, text};
pub use risk::{Acceptance, Role, form, judge};
