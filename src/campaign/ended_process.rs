//! How a process ended, and the end of its standard error.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::ExitStatus;

use super::event::Exit;

/// How much of a failed cell's standard error is kept.
const STDERR_BYTES: u64 = 4096;

/// How a process ended by itself.
pub(super) fn exit(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            let name = nix::sys::signal::Signal::try_from(signal).map(nix::sys::signal::Signal::as_str);
            Exit::Signal { name: name.map_or_else(|_| signal.to_string(), str::to_owned) }
        }
        (None, Some(0)) => Exit::Ok,
        (None, code) => Exit::Code(code.unwrap_or(-1)),
    }
}

/// The end of what it wrote to standard error.
pub(super) fn tail(stderr: &File) -> String {
    let length = stderr.metadata().map_or(0, |metadata| metadata.len());
    let from = length.saturating_sub(STDERR_BYTES);
    let mut bytes = vec![0; (length - from) as usize];
    let read = stderr.read_at(&mut bytes, from).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..read]).trim().to_owned()
}
