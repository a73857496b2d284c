//! The steps of `ipc`: to take a connection, and to do rounds over it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Context;

use parking_lot::Mutex;

use super::pool::{Lent, Pool, Wire};
use crate::primitives::Primitives;
use crate::record::Worker;
use crate::record::clock::tick;
use crate::step::sync_state::{HeldGuard, SyncOutcome, SyncState, WaitOutcome};

/// Takes a connection.
pub(in crate::step) fn connect<P: Primitives>(
    pool: &'static Pool<P>,
    sync_state: &mut SyncState<P>,
    cx: &mut Context<'_>,
) -> SyncOutcome {
    let mut lent = pool.lend_at_once(cx);
    if let Some(lent) = lent.take_if(|lent| lent.is_clean()) {
        sync_state.take(HeldGuard::Peer(lent));
        return SyncOutcome::Done;
    }
    sync_state.wait(async move {
        let mut lent = match lent {
            Some(lent) => lent,
            None => Box::new(pool.lend().await),
        };
        if lent.finish().await { WaitOutcome::Held(HeldGuard::Peer(lent)) } else { WaitOutcome::Closed }
    });
    SyncOutcome::Waiting
}

/// Does `rounds` rounds over the connection that the instance in `slot` took last. If they can't be polled, they are done on the
/// runtime's pool for blocking calls.
pub(in crate::step) fn rounds<P: Primitives>(rounds: u32, slot: u32, sync_state: &mut SyncState<P>) -> SyncOutcome {
    let mut lent = sync_state.take_peer().expect("the plan takes a connection before its rounds");
    if matches!(lent.connection().wire, Wire::Memory(_)) {
        sync_state.wait(offload_rounds(rounds, slot, lent));
    } else {
        sync_state.wait(async move {
            if lent.one_round().await { WaitOutcome::Held(HeldGuard::Peer(lent)) } else { WaitOutcome::Closed }
        });
    }
    SyncOutcome::Waiting
}

/// Tells a job to stop when its instance no longer waits for it.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        // Relaxed: the flag publishes nothing but itself.
        self.0.store(true, Relaxed);
    }
}

/// Offloads the rounds as one job. If the instance is cancelled, the job ends after the present round, and gives the connection
/// back.
async fn offload_rounds<P: Primitives>(rounds: u32, slot: u32, mut lent: Box<Lent<P>>) -> WaitOutcome<P> {
    let pool = lent.pool;
    let stop = Stop(Arc::default());
    let result = Arc::new(Mutex::new(None));
    let (is_to_stop, job_result) = (Arc::clone(&stop.0), Arc::clone(&result));
    let queued = pool.tracer.as_ref().map_or(0, |_| tick());
    P::offload(move || {
        let mut is_there = false;
        let mut work = || is_there = lent.rounds(rounds, &is_to_stop);
        match &pool.tracer {
            // If the futures of `P` never pend, the job runs on the thread of the instance: that is no offload.
            Some(tracer) if !P::NEVER_PENDS => tracer.offloads(slot, Worker::current(), queued, work),
            _ => work(),
        }
        *job_result.lock() = is_there.then_some(lent);
    })
    .await;
    let lent = result.lock().take();
    lent.map_or(WaitOutcome::Closed, |lent| WaitOutcome::Held(HeldGuard::Peer(lent)))
}
