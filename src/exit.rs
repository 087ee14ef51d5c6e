//! The one list of exit codes. The help text and the documentation print it from here.

/// How a run ended, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Clean,
    Findings,
    Usage,
    Chart,
    Internal,
}

/// Every code with its meaning; those without a name above belong to commands that talk to a network or a cluster.
pub(crate) const CODES: &[(u8, &str)] = &[
    (0, "clean"),
    (1, "findings at or over --fail-on, or a threshold or check not met"),
    (2, "usage or configuration"),
    (3, "a chart cannot be loaded or rendered"),
    (4, "network, registry or cluster"),
    (5, "internal error"),
    (6, "something was left behind"),
    (7, "scan incomplete"),
    (130, "interrupted, after clean-up"),
    (143, "terminated, after clean-up"),
];

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Chart => 3,
            Self::Internal => 5,
        }
    }
}

/// Why a command could not do its work, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// Lower case, no full stop; chart-supplied parts are escaped when it is printed.
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
