//! Plain programs: each is what a user of the runtime would write for the mix of a case. They use nothing of taskmix.
//!
//! One file for each runtime. `fidelity/cases/` has the same mixes as scenarios, `fidelity/table/` lists the compared figures.

mod async_executor;
mod blocking;
pub(crate) mod measure;
mod peer;
mod rayon;
mod smol;
mod tasks;
mod threads;
mod tokio;

use measure::Sheet;

/// Runs the program for a case and an engine, which the arguments name, and prints its measurements. False if there is none.
pub(crate) fn run(args: &[&str]) -> bool {
    if let ["echo"] = args {
        tokio::echo();
        return true;
    }
    let &[case, engine] = args else { return false };
    let sheet: &'static Sheet = Box::leak(Box::new(Sheet::new()));
    let is_known = match engine {
        "tokio" | "tokio-local" => tokio::run(case, engine, sheet),
        "smol-local" => smol::run(case, sheet),
        "async-executor" => async_executor::run(case, sheet),
        "rayon" => rayon::run(case, sheet),
        "threads" => threads::run(case, sheet),
        _ => false,
    };
    if is_known {
        let measured = sheet.measured();
        println!("{}", serde_json::to_string(&measured).expect("numbers and names"));
    }
    is_known
}
