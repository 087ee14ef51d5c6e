//! `cargo run --profile quick --example fuzz -- [SECONDS] [--seed N] [--out FOLDER]`: mutated charts through loading,
//! rendering and linting; prints every panic, crash, slow case and memory hog with the path of a small reproducer.
//!
//! `--replay FOLDER` runs one reproducer. Charts are those of `tests/charts` and of `CHARTSEC_CORPUS`. Cases run in a second
//! process, so that a crash ends one case only; it measures its own CPU time, so that a busy machine makes nothing slow.
#![allow(clippy::print_stdout, reason = "a command")]
#![allow(clippy::exit, reason = "a worker that hangs or fails can only be ended")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::expect_used, reason = "a test")]

mod archive;
mod case;
mod minimise;
mod mutate;
mod rng;
mod words;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use case::Case;
use rng::Rng;

/// Code without optimization may take longer.
const FACTOR: u64 = if cfg!(debug_assertions) { 20 } else { 1 };
/// CPU milliseconds of a slow case, and of one that is given up.
const SLOW: u64 = 2_000 * FACTOR;
const HANGS: u64 = 10_000 * FACTOR;
/// KiB of resident memory that are too much.
const HOG: u64 = 512 << 10;
/// Bytes of a chart to begin with: larger ones make few cases a second.
const SEED_BYTES: u64 = 300_000;

fn main() -> ExitCode {
    let mut options = Options { seconds: 60, seed: 1, out: env::temp_dir().join("chartsec-fuzz"), mode: Mode::Drive };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("the option takes a value");
        match argument.as_str() {
            "--seed" => options.seed = value().parse().expect("a seed is a number"),
            "--out" => options.out = value().into(),
            "--worker" => options.mode = Mode::Work,
            "--replay" => options.mode = Mode::Replay(value().into()),
            seconds => options.seconds = seconds.parse().expect("seconds are a number"),
        }
    }
    match &options.mode {
        Mode::Drive => drive(&options),
        Mode::Work => on_deep_stack(move || work(&options)),
        Mode::Replay(folder) => {
            let folder = folder.clone();
            on_deep_stack(move || run_one(&folder, &Arc::default()));
        }
    }
    ExitCode::SUCCESS
}

struct Options {
    seconds: u64,
    seed: u64,
    out: PathBuf,
    mode: Mode,
}

enum Mode {
    /// Start workers, minimise what they die of.
    Drive,
    /// Run cases until one fails.
    Work,
    Replay(PathBuf),
}

/// How a worker ended; the text tells failures apart.
fn outcome(command: &mut Command, why: &Path) -> Option<String> {
    let _ = fs::remove_file(why);
    let status = command.status().expect("the program starts itself");
    let told = fs::read_to_string(why).unwrap_or_default();
    let first = told.lines().next().unwrap_or_default().to_owned();
    match status.code() {
        Some(0) => None,
        Some(SLOW_CODE) => Some("slow".into()),
        Some(HOG_CODE) => Some("memory".into()),
        Some(101) => Some(format!("panic {first}")),
        code => Some(format!("crash {code:?} {first}")),
    }
}

const SLOW_CODE: i32 = 11;
const HOG_CODE: i32 = 12;

fn drive(options: &Options) {
    let program = env::current_exe().expect("it has a path");
    let (current, why) = (options.out.join("current"), options.out.join("why"));
    let _ = fs::create_dir_all(&options.out);
    let _ = fs::remove_file(options.out.join("count"));
    let begun = Instant::now();
    let mut seen: HashSet<String> = HashSet::new();
    let mut round = 0;
    while begun.elapsed().as_secs() < options.seconds {
        let left = options.seconds - begun.elapsed().as_secs();
        let mut worker = Command::new(&program);
        worker.args([left.to_string(), "--worker".into(), "--seed".into(), (options.seed + round).to_string()]);
        worker.arg("--out").arg(&options.out).env("FUZZ_WHY", &why);
        round += 1_000_003;
        let Some(failure) = outcome(&mut worker, &why) else { continue };
        let told = fs::read_to_string(&why).unwrap_or_default();
        if !failure.starts_with("slow") && !failure.starts_with("memory") && !seen.insert(failure.clone()) {
            continue;
        }
        let kept =
            options.out.join(format!("{}-{}-{round}", failure.split(' ').next().unwrap_or_default(), options.seed));
        let candidate = options.out.join("candidate");
        let case = Case::read(&current).expect("the worker wrote it");
        let small = minimise::minimise(case, 400, |case| {
            let mut replay = Command::new(&program);
            replay.arg("--replay").arg(&candidate).env("FUZZ_WHY", &why);
            case.write(&candidate).is_ok() && outcome(&mut replay, &why).as_ref() == Some(&failure)
        });
        small.write(&kept).expect("the folder can be written");
        println!("{failure}\n  {}\n  {}", told.trim().replace('\n', "\n  "), kept.display());
    }
    let cases = fs::read_to_string(options.out.join("count")).unwrap_or_default();
    println!("{cases} cases in {} s, {} kinds of failures", begun.elapsed().as_secs(), seen.len());
}

fn on_deep_stack(work: impl FnOnce() + Send + 'static) {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tell(&format!("{place}\n{panic}"));
        std::process::exit(101);
    }));
    let thread = thread::Builder::new().stack_size(256 << 20).spawn(work);
    let _ = thread.expect("a thread starts").join();
}

fn tell(text: &str) {
    if let Some(path) = env::var_os("FUZZ_WHY") {
        let _ = fs::write(path, text);
    } else {
        println!("{text}");
    }
}

fn work(options: &Options) {
    let seeds = seeds();
    let counter = options.out.join("count");
    let mut count: u64 = fs::read_to_string(&counter).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let mut rng = Rng(options.seed);
    let current = options.out.join("current");
    let begun = Instant::now();
    let clock = Arc::default();
    while begun.elapsed().as_secs() < options.seconds {
        let seed = Case::of_folder(&seeds[rng.below(seeds.len())]).expect("a chart can be read");
        // One reading of a chart serves several cases.
        for _ in 0..8 {
            mutate::case(&seed, &mut rng).write(&current).expect("the folder can be written");
            count += 1;
            let _ = fs::write(&counter, count.to_string());
            run_one(&current, &clock);
        }
    }
}

/// Runs a case; ends the process when it takes too much of anything.
fn run_one(folder: &Path, clock: &Arc<AtomicU64>) {
    let begun = cpu().max(1);
    if clock.swap(begun, Ordering::Relaxed) == 0 {
        let clock = Arc::clone(clock);
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(500));
                if cpu().saturating_sub(clock.load(Ordering::Relaxed)) > HANGS {
                    tell(&format!("over {HANGS} ms of CPU time"));
                    std::process::exit(SLOW_CODE);
                }
            }
        });
    }
    // Linux forgets the peak of the cases before.
    let _ = fs::write("/proc/self/clear_refs", "5");
    case::run(folder);
    let took = cpu().saturating_sub(begun);
    if took > SLOW {
        tell(&format!("{took} ms of CPU time"));
        std::process::exit(SLOW_CODE);
    }
    let peak = peak();
    if peak > HOG {
        tell(&format!("{} MiB", peak >> 10));
        std::process::exit(HOG_CODE);
    }
}

/// CPU milliseconds of this process.
fn cpu() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}

/// KiB of resident memory at most.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The folders of charts to begin with.
fn seeds() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts")];
    folders.extend(env::var_os("CHARTSEC_CORPUS").map(PathBuf::from));
    let mut found = Vec::new();
    for folder in folders {
        let mut walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
        while let Some(Ok(entry)) = walk.next() {
            if entry.file_type().is_dir() && entry.path().join("Chart.yaml").is_file() {
                walk.skip_current_dir();
                let files = walkdir::WalkDir::new(entry.path()).into_iter().flatten();
                let bytes: u64 = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
                if bytes < SEED_BYTES {
                    found.push(entry.into_path());
                }
            }
        }
    }
    found
}
