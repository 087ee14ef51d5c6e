//! The oracle: renders charts with real Helm and with another renderer and says where they part.
//!
//! Bytes that differ between Helm's own runs of one case are its mask; nothing else is. `main.rs` is the command,
//! the integration tests call [`run`].

mod cases;
pub(crate) mod helm;
mod mask;
mod options;
mod place;
mod process;
mod report;
mod verdict;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

pub(crate) use options::Options;

/// Compares all cases of `options`, writes one line per case and the counts to `out`, and says whether the shares
/// asked for were reached.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let cases = cases::collect(options)?;
    let helm = helm::Helm::new(&options.helm)?;
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..options.jobs {
            let (sender, next, cases, helm) = (sender.clone(), &next, &cases, &helm);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    if sender.send((index, verdict::judge(case, helm, options))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut report = report::Report::default();
        let mut waiting = BTreeMap::new();
        let mut cases = cases.iter().enumerate().peekable();
        for (index, verdict) in receiver {
            waiting.insert(index, verdict?);
            while let Some((case, verdict)) = cases.peek().and_then(|(at, case)| Some((*case, waiting.remove(at)?))) {
                report.add(case, verdict, options, out)?;
                cases.next();
            }
        }
        report.finish(options, out)
    })
}
