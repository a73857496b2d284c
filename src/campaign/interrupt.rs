//! Ctrl-C and SIGTERM: the running cell is stopped, the measured cells are kept. A second Ctrl-C ends the program at once.

use std::io::{self, PipeReader, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// The exit code of an interrupted run.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Whether the user has interrupted the campaign, and a descriptor that becomes readable then.
#[derive(Debug)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
    wakeup: PipeReader,
}

impl Interrupt {
    /// Installs the signal handlers.
    pub fn listen() -> io::Result<Self> {
        let raised = Arc::new(AtomicBool::new(false));
        let (wakeup, waker) = pipe()?;
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, i32::from(EXIT_INTERRUPTED), Arc::clone(&raised))?;
            flag::register(signal, Arc::clone(&raised))?;
            low_level::pipe::register(signal, waker.try_clone()?)?;
        }
        Ok(Self { raised, wakeup })
    }

    /// Whether a signal has arrived.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wakeup.as_fd()
    }
}
