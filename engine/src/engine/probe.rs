//! Handles probes: they show how long a tiny request from outside waits for the engine.
//!
//! A helper process writes its clock to a pipe every millisecond. The engine reads it here and records the time. All probes of
//! one read are handled at the same time.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use crate::primitives::{Primitives, Source};
use crate::record::Recorder;
use crate::record::clock::monotonic_ns;

/// The engine's end of the probe's pipe.
#[derive(Debug)]
pub struct ProbeReader<P: Primitives> {
    source: P::Source,
    pipe: Mutex<Pipe>,
    recorder: &'static Recorder,
}

#[derive(Debug)]
struct Pipe {
    file: File,
    /// Bytes of a word of which only a part has arrived.
    held: Vec<u8>,
    /// How many probes have been handled.
    handled: usize,
}

impl<P: Primitives> ProbeReader<P> {
    /// Reads probes from `fd` and records them in `recorder`.
    pub fn new(fd: OwnedFd, recorder: &'static Recorder) -> io::Result<Self> {
        let file = File::from(fd.try_clone()?);
        let pipe = Pipe { file, held: Vec::with_capacity(1 << 16), handled: 0 };
        Ok(Self { source: P::Source::new(fd)?, pipe: Mutex::new(pipe), recorder })
    }

    /// Answers until the helper has ended. An engine that has tasks runs this as one of them.
    pub async fn answer(&self) {
        while self.readable().await.is_ok() && self.handle() {}
    }

    /// Waits for probes.
    pub async fn readable(&self) -> io::Result<()> {
        self.source.readable().await
    }

    /// Handles all probes that have arrived; false if the helper has ended.
    pub fn handle(&self) -> bool {
        let Ok(mut pipe) = self.pipe.lock() else { return false };
        let mut buffer = [0_u8; 4096];
        loop {
            match pipe.file.read(&mut buffer) {
                Ok(0) => return false,
                Ok(length) => pipe.note(&buffer[..length], self.recorder),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }
}

impl Pipe {
    fn note(&mut self, bytes: &[u8], recorder: &Recorder) {
        let now = monotonic_ns();
        self.held.extend_from_slice(bytes);
        let (mapping, share) = (recorder.mapping(), recorder.share());
        let whole = self.held.len() / 8 * 8;
        for word in self.held[..whole].chunks_exact(8) {
            let index = share.nth(self.handled);
            let Some(line) = mapping.probes().get(index) else { break };
            let written = u64::from_le_bytes(word.try_into().expect("eight bytes"));
            line.written_monotonic_ns.store(written, Relaxed);
            line.handled_monotonic_ns.store(now, Relaxed);
            self.handled += 1;
            recorder.probed(index + 1);
        }
        self.held.drain(..whole);
    }
}
