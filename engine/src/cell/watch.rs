//! A cell never outlives its parent, and never hangs on a panic.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::{panic, process, thread};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, raise};

/// Starts a thread that ends the process when one of these pipes has lost its writer, for any reason.
///
/// The parent-death signal would not do: it is sent when the *thread* that forked ends.
pub(super) fn die_with(pipes: Vec<OwnedFd>) {
    let waiting = move || {
        loop {
            // No events are asked for: a hang-up is always reported.
            let mut fds: Vec<PollFd> = pipes.iter().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::empty())).collect();
            let polled = poll(&mut fds, PollTimeout::NONE);
            if polled.is_ok() && fds.iter().any(|fd| fd.any().unwrap_or(true)) {
                let _ = raise(Signal::SIGKILL);
            }
        }
    };
    thread::Builder::new().name("parent".into()).spawn(waiting).expect("a thread to watch the parent");
}

/// Makes a panic on any thread end the process: measurements of the other threads would be worth nothing.
pub(super) fn die_of_a_panic() {
    panic::set_hook(Box::new(|info| {
        // The last line, which the campaign shows. In one write: another thread may panic too, and end the process meanwhile.
        let text = info.to_string().replace('\n', " ");
        let thread = thread::current();
        let line = format!("thread `{}` {text}\n", thread.name().unwrap_or("unnamed"));
        let _ = io::stderr().write_all(line.as_bytes());
        process::exit(101);
    }));
}
