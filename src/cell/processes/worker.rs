//! A worker of `processes`: an ordinary event loop that has a share of the cell's instances, clients and probes.
//!
//! Descriptors 0 to 5 are as the engine protocol has them, but that the parent is the cell's own process, that 4 is the
//! worker's own door, and that the line on 0 is a [`Task`]. Behind them are those that all workers have in common.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cell::built::{Built, Used};
use crate::cell::{CellError, descriptor, peers, read_line, usage, watch};
use crate::engine::SmolLocal;
use crate::idiom::{Idiom, Smol, Source};
use crate::plan::CellPlan;
use crate::record::clock::use_counter;
use crate::record::{Commons, Share};
use crate::step::{Notice, Run, Spawner, Tell};

/// Where a worker has what it shares with the others.
pub(super) mod fds {
    /// The [`crate::record::Commons`].
    pub(in crate::cell) const COMMONS: u32 = 6;
    /// A pipe whose end of file begins the span.
    pub(in crate::cell) const GATE: u32 = 7;
    /// The pipe whose end of file tells that the campaign is gone.
    pub(in crate::cell) const LIFE: u32 = 8;
    /// A pipe that has something in it once the foreground is over. Nobody reads it: everybody sees it.
    pub(in crate::cell) const FOREGROUND_OVER: u32 = 9;
    /// The same of the span.
    pub(in crate::cell) const OVER: u32 = 10;
}

/// What a worker is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    /// How many workers there are.
    pub(super) of: u32,
    /// The cell's plan, of which it has a share; with one worker, which is itself.
    pub(super) plan: CellPlan,
}

/// Both notices, each with its pipe.
const NOTICES: [(Notice, u32); 2] = [(Notice::ForegroundOver, fds::FOREGROUND_OVER), (Notice::Over, fds::OVER)];

/// Does the share of worker `index` of the cell whose plan comes on descriptor 0.
pub(in crate::cell) fn work(index: u32) -> Result<(), CellError> {
    let Task { of, plan } = serde_json::from_str(&read_line()?)?;
    peers::keep_signals(&plan)?;
    let share = Share::new(index, of).ok_or_else(|| io::Error::other(format!("there is no worker {index} of {of}")))?;
    // The campaign's end too, at first hand: a parent that is stopped can't pass it on.
    watch::die_with(vec![io::stdin().as_fd().try_clone_to_owned()?, descriptor(fds::LIFE, false)?.into()]);
    watch::die_of_a_panic();
    use_counter(plan.ticks_per_second > 0);
    let commons = Commons::open(descriptor(fds::COMMONS, true)?, plan.tasks.len())
        .map_err(|error| CellError::Descriptor(fds::COMMONS, error))?;
    let used = Used::default();
    let built = Built::<SmolLocal>::new(&plan, share, commons, Arc::clone(&used), tell_all(&used)?)?;
    for (notice, number) in NOTICES {
        let pipe = <Smol as Idiom>::Source::new(descriptor(number, false)?.into())?;
        built.engine.spawn_detached(listen(built.run, notice, pipe, Arc::clone(&used)));
    }
    let mut gate = descriptor(fds::GATE, false)?;
    built.drive(|recorder| {
        wait_for_the_end_of(&mut gate);
        recorder.join();
    })
}

/// What one worker brings about, all hear: itself through the same pipe.
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
        pipe.write_all(&[1]).expect("a pipe that somebody reads, with room for a byte");
    }))
}

/// Waits for a notice, whoever tells it.
async fn listen(run: &'static Run<Smol>, notice: Notice, pipe: <Smol as Idiom>::Source, used: Used) {
    let shared = &run.shared;
    let has_come = || match notice {
        Notice::ForegroundOver => {
            shared.background.as_ref().is_some_and(|background| background.foreground_over_ns().is_some())
        }
        Notice::Over => shared.recorder.has_ended(),
    };
    while !has_come() {
        if pipe.readable().await.is_err() {
            return;
        }
    }
    if notice == Notice::Over {
        let _ = used.set(usage::at_end());
    }
    run.hear(notice);
}

/// Nobody writes: it ends with its only writer.
fn wait_for_the_end_of(gate: &mut File) {
    while gate.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::Interrupted) {}
}
