//! The cost of a round trip with a peer process, as a ratio to a bare round trip in the same round, on the same cores.

use taskmix::campaign::Speed;
use taskmix_engine::plan::Mechanism;
use taskmix_engine::scenario::EngineName;

use crate::Args;
use crate::bare;
use crate::bare_ipc::{BYTES, cores};
use crate::cells::run_text;
use crate::cost::{each_of, rounds};
use crate::verdict::{Verdicts, stated};

/// The limit where a waiting instance blocks its thread, as the bare program does.
const LIMIT: f64 = 1.2;

/// The limit for spinning on memory: such a round takes a tenth of a microsecond, half of it for comparing the payload.
const SPIN_LIMIT: f64 = 2.5;

/// The time of a round trip. On `threads` by the same blocking calls as the bare program. On two event loops by readiness,
/// without a limit: the difference there is the cost of the loop, not of measuring.
pub(crate) fn trips(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    for (mechanism, count) in [
        (Mechanism::Pipe, 20_000),
        (Mechanism::Fifo, 20_000),
        (Mechanism::Unix, 20_000),
        (Mechanism::Tcp, 10_000),
        (Mechanism::Mqueue, 20_000),
        (Mechanism::Signal, 20_000),
        (Mechanism::ShmFutex, 20_000),
        // A fraction of a microsecond each.
        (Mechanism::ShmSpin, 500_000),
        (Mechanism::Semaphore, 20_000),
    ] {
        for engine in [EngineName::Threads, EngineName::SmolLocal, EngineName::TokioLocal] {
            let blocks_its_thread = engine == EngineName::Threads;
            let by = mechanism.as_str();
            if (mechanism.blocks() && !blocks_its_thread) || !options.wants(&format!("ipc {engine} {by}")) {
                continue;
            }
            let ours = || each_of(&run_text(speed, &scenario(engine, mechanism, count)), count);
            let theirs = || {
                let taken = bare::run("ipc", by, count, speed.iterations_per_second);
                (taken.each_ns, taken.cpu_ns)
            };
            let (ratio, note) = rounds(options, ours, theirs).ratio("a round trip");
            let what = format!("ipc, {engine}, {by}: median ratio");
            if blocks_its_thread {
                let limit = if mechanism == Mechanism::ShmSpin { SPIN_LIMIT } else { LIMIT };
                verdicts.at_most(&what, ratio, limit, &note);
            } else {
                stated(&what, ratio, &note);
            }
        }
    }
}

/// The scenario of one instance and one peer with `count` rounds.
fn scenario(engine: EngineName, mechanism: Mechanism, count: u32) -> String {
    let [here, there] = cores(mechanism);
    let step = match mechanism {
        Mechanism::ShmSpin => format!("ipc = \"shm\", wait = \"spin\", bytes = {BYTES}"),
        Mechanism::ShmFutex => format!("ipc = \"shm\", bytes = {BYTES}"),
        Mechanism::Signal => "ipc = \"signal\"".into(),
        _ => format!("ipc = \"{}\", bytes = {BYTES}", mechanism.as_str()),
    };
    format!(
        "question = \"what does a round trip cost?\"\nengines = [\"{engine}\"]\nrepeats = 1\ncpus = [{here}]\n\
         [[task]]\nname = \"caller\"\nsteps = [{{ {step}, rounds = {count}, cpus = [{there}] }}]\n"
    )
}
