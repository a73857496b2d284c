//! A worker of `processes`: an ordinary event loop with a share of the cell's instances, clients and probes.
//!
//! Descriptors 0 to 5 are those of the engine protocol, with three differences: the parent is the cell's own process, 4 is the
//! worker's own probe pipe, and the line on 0 is a [`Task`]. From 6 on are the descriptors that all workers share.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cell::built::{Built, Used};
use crate::cell::{CellError, descriptor, peers, read_line, usage, watch};
use crate::engine::SmolLocal;
use crate::plan::CellPlan;
use crate::primitives::{Primitives, Smol, Source};
use crate::record::clock::use_counter;
use crate::record::{Share, SharedProgress};
use crate::step::{Notice, Run, Spawner, Tell};

/// The descriptors that the workers share.
pub(super) mod fds {
    /// The [`crate::record::SharedProgress`].
    pub(in crate::cell) const SHARED_PROGRESS: u32 = 6;
    /// A pipe whose end of file begins the span.
    pub(in crate::cell) const GATE: u32 = 7;
    /// The pipe whose end of file means that the campaign has ended.
    pub(in crate::cell) const LIFE: u32 = 8;
    /// A pipe that becomes readable once the foreground is over. It is never read, so that every worker sees it.
    pub(in crate::cell) const FOREGROUND_OVER: u32 = 9;
    /// The same for the end of the span.
    pub(in crate::cell) const OVER: u32 = 10;
}

/// The task of a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    /// How many workers there are.
    pub(super) of: u32,
    /// The cell's plan, of which the worker has a share; changed to one worker, which is itself.
    pub(super) plan: CellPlan,
}

/// Both notices, each with the descriptor of its pipe.
const NOTICES: [(Notice, u32); 2] = [(Notice::ForegroundOver, fds::FOREGROUND_OVER), (Notice::Over, fds::OVER)];

/// Does the share of worker `index` of a cell; its plan is read from descriptor 0.
pub(in crate::cell) fn work(index: u32) -> Result<(), CellError> {
    let Task { of, plan } = serde_json::from_str(&read_line()?)?;
    peers::keep_signals(&plan)?;
    let share = Share::new(index, of).ok_or_else(|| io::Error::other(format!("there is no worker {index} of {of}")))?;
    // The worker watches the campaign itself too: a parent that is stopped can't pass its end on.
    watch::die_with(vec![io::stdin().as_fd().try_clone_to_owned()?, descriptor(fds::LIFE, false)?.into()]);
    watch::die_of_a_panic();
    use_counter(plan.ticks_per_second > 0);
    let shared_progress = SharedProgress::open(descriptor(fds::SHARED_PROGRESS, true)?, plan.tasks.len())
        .map_err(|error| CellError::Descriptor(fds::SHARED_PROGRESS, error))?;
    let used = Used::default();
    let built = Built::<SmolLocal>::new(&plan, share, shared_progress, Arc::clone(&used), tell_all(&used)?)?;
    for (notice, number) in NOTICES {
        let pipe = <Smol as Primitives>::Source::new(descriptor(number, false)?.into())?;
        built.engine.spawn_detached(listen(built.run, notice, pipe, Arc::clone(&used)));
    }
    let mut gate = descriptor(fds::GATE, false)?;
    built.drive(|recorder| {
        wait_for_the_end_of(&mut gate);
        recorder.join();
    })
}

/// Sends a notice to all workers through a pipe, also to the worker that causes it.
fn tell_all(used: &Used) -> Result<Tell<Smol>, CellError> {
    let used = Arc::clone(used);
    let pipes = [descriptor(fds::FOREGROUND_OVER, true)?, descriptor(fds::OVER, true)?];
    Ok(Box::new(move |_, notice| {
        let mut pipe = match notice {
            Notice::ForegroundOver => &pipes[0],
            Notice::Over => {
                let _ = used.set(usage::at_end());
                &pipes[1]
            }
        };
        pipe.write_all(&[1]).expect("a pipe with a reader, and with room for a byte");
    }))
}

/// Waits for a notice of any worker.
async fn listen(run: &'static Run<Smol>, notice: Notice, pipe: <Smol as Primitives>::Source, used: Used) {
    let shared = &run.shared;
    let is_due = || match notice {
        Notice::ForegroundOver => {
            shared.background.as_ref().is_some_and(|background| background.foreground_over_ns().is_some())
        }
        Notice::Over => shared.recorder.has_ended(),
    };
    while !is_due() {
        if pipe.readable().await.is_err() {
            return;
        }
    }
    if notice == Notice::Over {
        let _ = used.set(usage::at_end());
    }
    run.hear(notice);
}

/// Waits until the only writer of `gate` has closed it; nothing is ever written.
fn wait_for_the_end_of(gate: &mut File) {
    while gate.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::Interrupted) {}
}
