//! The binary: run the command line on a thread with a deep stack, and turn whatever happens into an exit code.

#[cfg_attr(not(test), expect(dead_code, reason = "what is left of the command line is read when charts are rendered"))]
mod cli;
mod commands;
mod config;
mod exit;

use std::panic;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use exit::Exit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Templates recurse as deep as Helm allows them to; the budgets of the engine are reached before this is.
const STACK: usize = 256 << 20;

fn main() {
    let seen: Arc<Mutex<Option<String>>> = Arc::default();
    let first = Arc::clone(&seen);
    panic::set_hook(Box::new(move |panic| {
        first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| panic.to_string());
    }));
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let code = guarded(|| commands::run(arguments)).unwrap_or_else(|failure| {
        let what = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        commands::terminal::tell(&apology(&what.unwrap_or(failure)));
        Exit::Internal.code()
    });
    std::process::exit(code.into());
}

/// Runs `work` on its own deep stack; a panic in it is an error.
fn guarded(work: impl FnOnce() -> u8 + Send + 'static) -> Result<u8, String> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(work);
    let outcome = thread.map_err(|error| format!("cannot start a thread: {error}"))?.join();
    outcome.map_err(|_| "a panic without a message".into())
}

fn apology(what: &str) -> String {
    let (version, place) = (env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_REPOSITORY"));
    let what = what.lines().map(chartsec::report::escape::visible).collect::<Vec<_>>().join("\n  ");
    format!(
        "error: chartsec {version} made a mistake and has stopped; what it printed is not complete\n  {what}\n \
         help: please report it with the command line and, if you may, the chart: {place}/issues\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_deep_stacks_come_back() {
        fn deep(left: u32) -> u32 {
            let frame = std::hint::black_box([left; 256]);
            if left == 0 { 0 } else { deep(left - 1) + u32::from(frame[7] == left) }
        }
        assert_eq!(guarded(|| u8::from(deep(100_000) == 100_000)), Ok(1));
        assert!(guarded(|| panic!("on purpose")).is_err());
        assert!(apology("a\u{1b}b").contains("a␛b"));
    }
}
