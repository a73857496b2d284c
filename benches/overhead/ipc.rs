//! What a round trip with a second process costs, as a ratio to a bare one in the same round: both on the same cores.

use taskmix::campaign::Speed;
use taskmix::plan::Mechanism;
use taskmix::scenario::EngineName;

use crate::Asked;
use crate::bare;
use crate::bare_ipc::{BYTES, cores};
use crate::cells::run_text;
use crate::cost::{each_of, rounds};
use crate::verdict::{Verdicts, stated};

/// What a round may cost where whoever waits keeps its thread, as the bare program does.
const LIMIT: f64 = 1.2;

/// The same by memory that is looked at again and again: of a tenth of a microsecond, to compare what came back is a half.
const SPIN_LIMIT: f64 = 2.5;

/// Time a round trip: on `threads` by the same blocking calls; on two event loops, where it is waited for readiness, which has no
/// limit: it is what such a loop costs, not what measuring does.
pub(crate) fn trips(asked: &Asked, speed: Speed, verdicts: &mut Verdicts) {
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
            let keeps_its_thread = engine == EngineName::Threads;
            let by = mechanism.as_str();
            if (mechanism.blocks() && !keeps_its_thread) || !asked.wants(&format!("ipc {engine} {by}")) {
                continue;
            }
            let ours = || each_of(&run_text(speed, &scenario(engine, mechanism, count)), count);
            let theirs = || {
                let taken = bare::run("ipc", by, count, speed.iterations_per_second);
                (taken.each_ns, taken.cpu_ns)
            };
            let (ratio, note) = rounds(asked, ours, theirs).ratio("a round trip");
            let what = format!("ipc, {engine}, {by}: median ratio");
            if keeps_its_thread {
                let limit = if mechanism == Mechanism::ShmSpin { SPIN_LIMIT } else { LIMIT };
                verdicts.at_most(&what, ratio, limit, &note);
            } else {
                stated(&what, ratio, &note);
            }
        }
    }
}

/// One instance and one peer, and so many rounds.
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
