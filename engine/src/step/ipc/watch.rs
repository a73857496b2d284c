//! Tells waiting instances that their peer is gone, where the mechanism itself does not.

use std::io::PipeReader;
use std::os::fd::AsFd;
use std::{io, thread};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// A peer, by the pipe that only it can write to, and what to do when it is gone.
pub(super) struct Watched {
    pub(super) life: PipeReader,
    pub(super) tell: Box<dyn FnOnce() + Send>,
}

/// Starts a thread that waits for the ends of these peers.
pub(super) fn watch(mut peers: Vec<Watched>) -> io::Result<()> {
    if peers.is_empty() {
        return Ok(());
    }
    let waiting = move || {
        while !peers.is_empty() {
            // No events are requested: a hang-up is always reported.
            let mut fds: Vec<PollFd> =
                peers.iter().map(|peer| PollFd::new(peer.life.as_fd(), PollFlags::empty())).collect();
            if !matches!(poll(&mut fds, PollTimeout::NONE), Ok(_) | Err(Errno::EINTR)) {
                return;
            }
            let gone: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(true)).collect();
            for at in (0..gone.len()).rev().filter(|at| gone[*at]) {
                (peers.remove(at).tell)();
            }
        }
    };
    thread::Builder::new().name("peers".into()).spawn(waiting).map(drop)
}
