//! The overhead of measuring: the same work on the engines and hand-written on their bare executors, submitted in the same way.
//! Both run interleaved in one run, each in a process of its own. Then whether the work is right.
//!
//! `cargo bench --bench overhead [-- SECTION…] [-- --rounds N]`. It exits with 1 if a limit is broken.

mod bare;
mod bare_ipc;
mod bare_meetings;
mod bare_processes;
mod cells;
mod cost;
mod ipc;
mod right;
mod usage;
mod verdict;

use std::process::ExitCode;

use verdict::Verdicts;

/// The options of the command line.
struct Args {
    sections: Vec<String>,
    rounds: usize,
}

impl Args {
    fn wants(&self, section: &str) -> bool {
        self.sections.is_empty() || self.sections.iter().any(|part| section.contains(part.as_str()))
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [mode, engine, work, count, speed] = args.as_slice()
        && mode == "bare"
    {
        bare::main(engine, work, count.parse().expect("a count"), speed.parse().expect("a speed"));
        return ExitCode::SUCCESS;
    }
    if let [mode, mechanism, count, cpu] = args.as_slice()
        && mode == "bare-ipc-peer"
    {
        bare_ipc::peer(mechanism, count.parse().expect("a count"), cpu.parse().expect("a core"));
        return ExitCode::SUCCESS;
    }
    let options = parse(&args);
    let mut verdicts = Verdicts::default();
    let speed = cells::measure_speed(&mut verdicts);
    for section in [
        cost::time,
        cost::meetings,
        ipc::trips,
        cost::trace,
        cost::memory,
        cost::flatness,
        right::cpu,
        right::sleeps,
        right::cores,
        right::campaign,
        right::parent,
    ] {
        section(&options, speed, &mut verdicts);
    }
    verdicts.exit_code()
}

fn parse(args: &[String]) -> Args {
    let mut options = Args { sections: Vec::new(), rounds: 21 };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--rounds" {
            options.rounds = args.next().and_then(|rounds| rounds.parse().ok()).expect("--rounds takes a number");
        } else {
            options.sections.push(arg.clone());
        }
    }
    options
}
