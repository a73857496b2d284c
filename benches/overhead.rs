//! What measuring costs: the same work on the engines and hand-written on their bare executors, through the same door, in
//! one run, in turns, each in a process of its own. Then whether the work is right.
//!
//! `cargo bench --bench overhead [-- SECTION…] [-- --rounds N]`. It exits with 1 if a limit is broken.

#[path = "overhead/bare.rs"]
mod bare;
#[path = "overhead/bare_ipc/mod.rs"]
mod bare_ipc;
#[path = "overhead/bare_meetings.rs"]
mod bare_meetings;
#[path = "overhead/bare_processes.rs"]
mod bare_processes;
#[path = "overhead/cells.rs"]
mod cells;
#[path = "overhead/cost.rs"]
mod cost;
#[path = "overhead/ipc.rs"]
mod ipc;
#[path = "overhead/right.rs"]
mod right;
#[path = "overhead/verdict.rs"]
mod verdict;

use std::process::ExitCode;

use verdict::Verdicts;

/// What was asked for.
struct Asked {
    sections: Vec<String>,
    rounds: usize,
}

impl Asked {
    fn wants(&self, section: &str) -> bool {
        self.sections.is_empty() || self.sections.iter().any(|asked| section.contains(asked.as_str()))
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
    let asked = parse(&args);
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
        section(&asked, speed, &mut verdicts);
    }
    verdicts.exit_code()
}

fn parse(args: &[String]) -> Asked {
    let mut asked = Asked { sections: Vec::new(), rounds: 21 };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--rounds" {
            asked.rounds = args.next().and_then(|rounds| rounds.parse().ok()).expect("--rounds takes a number");
        } else {
            asked.sections.push(arg.clone());
        }
    }
    asked
}
