//! The probe's answer: how long a tiny request from outside waits for the engine.
//!
//! A helper process writes its clock to a pipe every millisecond; whoever handles it here notes the time. What is read at
//! once is handled at one time.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use crate::idiom::{Idiom, Source};
use crate::record::Recorder;
use crate::record::clock::monotonic_ns;

/// The engine's end of the probe's pipe.
#[derive(Debug)]
pub struct ProbeReader<I: Idiom> {
    source: I::Source,
    pipe: Mutex<Pipe>,
    recorder: &'static Recorder,
}

#[derive(Debug)]
struct Pipe {
    file: File,
    /// Bytes of a word that has come in part.
    held: Vec<u8>,
    /// How many are handled.
    handled: usize,
}

impl<I: Idiom> ProbeReader<I> {
    /// Reads probes from `fd` and notes them in `recorder`.
    pub fn new(fd: OwnedFd, recorder: &'static Recorder) -> io::Result<Self> {
        let file = File::from(fd.try_clone()?);
        let pipe = Pipe { file, held: Vec::with_capacity(1 << 16), handled: 0 };
        Ok(Self { source: I::Source::new(fd)?, pipe: Mutex::new(pipe), recorder })
    }

    /// Answers until the helper is gone: the resident task of an engine that has tasks.
    pub async fn answer(&self) {
        while self.readable().await.is_ok() && self.handle() {}
    }

    /// Waits for probes.
    pub async fn readable(&self) -> io::Result<()> {
        self.source.readable().await
    }

    /// Handles all probes that have come; says whether the helper still lives.
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
