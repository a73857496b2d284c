//! A time limit as a descriptor: that of a kernel timer, watched by the runtime's driver.
//!
//! tokio's own timers keep time in whole milliseconds. Tasks that sleep are subject to that; releases come from outside and are
//! not, no more than a connection that makes a socket readable.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Mutex;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::unix::AsyncFd;

use super::watched::watch;

/// An alarm that one task waits for.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: TimerFd,
    /// The same timer, watched.
    watched: AsyncFd<OwnedFd>,
    /// The time to which the timer is set.
    set_to: Mutex<Option<Instant>>,
}

impl Alarm {
    /// An alarm on the present runtime.
    pub(super) fn new() -> io::Result<Self> {
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        let watched = watch(timer.as_fd().try_clone_to_owned()?)?;
        Ok(Self { timer, watched, set_to: Mutex::new(None) })
    }

    /// Ready at `until` or later.
    pub(super) fn poll(&self, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut set_to = self.set_to.lock().expect("only one task waits for it");
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Poll::Ready(());
            }
            if *set_to != Some(until) {
                let expiration = Expiration::OneShot(TimeSpec::from_duration(left));
                self.timer.set(expiration, TimerSetTimeFlags::empty()).expect("a time that can be set");
                *set_to = Some(until);
            }
            // The readiness may be left over from an earlier time: it is cleared, and the loop waits for the present one.
            let mut ready = ready!(self.watched.poll_read_ready(cx)).expect("the runtime still runs");
            ready.clear_ready();
        }
    }
}
