//! A cell never outlives its parent, and never hangs on a panic.

use std::os::fd::AsFd;
use std::{io, panic, process, thread};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, raise};

/// Starts a thread that ends the process when the parent's end of descriptor 0 closes, whatever happened to the parent.
///
/// The parent-death signal would not do: it comes when the *thread* that forked ends.
pub(super) fn die_with_the_parent() {
    let waiting = || {
        let stdin = io::stdin();
        loop {
            // No events asked for: a hang-up is always told.
            let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::empty())];
            let told = poll(&mut fds, PollTimeout::NONE);
            if told.is_ok() && fds[0].any().unwrap_or(true) {
                let _ = raise(Signal::SIGKILL);
            }
        }
    };
    thread::Builder::new().name("parent".into()).spawn(waiting).expect("a thread to watch the parent");
}

/// A panic on any thread ends the process: what the other threads would go on to measure is worth nothing.
pub(super) fn die_of_a_panic() {
    panic::set_hook(Box::new(|info| {
        // One line, the last: the campaign shows it.
        let text = info.to_string().replace('\n', " ");
        let thread = thread::current();
        eprintln!("thread `{}` {text}", thread.name().unwrap_or("unnamed"));
        process::exit(101);
    }));
}
