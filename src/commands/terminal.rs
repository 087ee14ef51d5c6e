//! Standard output and standard error: colours, results, failures, progress.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use chartsec::report::escape::visible;

use crate::cli::Color;
use crate::exit::{Exit, Failure};

/// Progress that comes at once would only flicker.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the environment says about terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terminal {
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    pub(crate) no_color: bool,
    pub(crate) force_color: bool,
}

impl Terminal {
    /// Reads the environment: `NO_COLOR` and `CLICOLOR_FORCE` as their pages define them, `TERM=dumb` as no colours.
    pub(crate) fn from_environment() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            no_color: set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb"),
            force_color: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
        }
    }

    /// Whether to colour what goes to a stream.
    pub(crate) fn color(self, choice: Color, is_terminal: bool) -> bool {
        match choice {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !self.no_color && (self.force_color || is_terminal),
        }
    }
}

/// Writes a result. A reader that has gone away is no error.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Internal, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a report to a file, or to standard output without one.
pub(crate) fn write(file: Option<&Path>, report: &str) -> Result<(), Failure> {
    let Some(path) = file else { return print(report.as_bytes()) };
    std::fs::write(path, report).map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))
}

/// Writes to standard error; when that fails there is nobody left to tell.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Warns of something that does not stop the command.
pub(crate) fn warn(text: &str) {
    tell(&format!("warning: {}\n", visible(text.strip_prefix("warning: ").unwrap_or(text))));
}

/// Tells why a command failed.
pub(crate) fn complain(failure: &Failure, color: bool) {
    let lines = |text: &str| text.lines().map(visible).collect::<Vec<_>>().join("\n");
    let paint =
        |code: &str, text: &str| if color { format!("\u{1b}[1;{code}m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut text = format!("{}: {}\n", paint("91", "error"), lines(&failure.message));
    if let Some(help) = &failure.help {
        text.push_str(&format!(" {}: {}\n", paint("96", "help"), lines(help)));
    }
    tell(&text);
}

/// One line on standard error that says what is being looked at, from 300 ms on.
#[derive(Debug)]
pub(crate) struct Progress {
    start: Instant,
    wanted: bool,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(wanted: bool) -> Self {
        Self { start: Instant::now(), wanted, shown: false }
    }

    /// Says that `what` is number `number` of `all`.
    pub(crate) fn at(&mut self, what: &str, number: usize, all: usize) {
        if self.wanted && self.start.elapsed() >= PATIENCE {
            self.shown = true;
            let what: String = visible(what).chars().take(60).collect();
            tell(&format!("\r\u{1b}[K{number}/{all} {what}"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            tell("\r\u{1b}[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_option_then_environment_then_terminal() {
        let plain = Terminal::default();
        let forced = Terminal { force_color: true, ..plain };
        let none = Terminal { no_color: true, ..forced };
        assert!(plain.color(Color::Auto, true) && !plain.color(Color::Auto, false));
        assert!(forced.color(Color::Auto, false) && !none.color(Color::Auto, true));
        assert!(none.color(Color::Always, false) && !forced.color(Color::Never, true));
    }
}
