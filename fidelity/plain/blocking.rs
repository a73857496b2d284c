//! Shared by the plain programs on threads and on rayon.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Instant;

use super::measure::Sheet;
use super::tasks::ms;

pub(super) fn sleep_until(moment: Instant) {
    thread::sleep(moment.saturating_duration_since(Instant::now()));
}

/// Sets the flag `milliseconds` after the start.
pub(super) fn cancel_at(sheet: &'static Sheet, milliseconds: u64, flag: &'static AtomicBool) {
    thread::spawn(move || {
        sleep_until(sheet.started() + ms(milliseconds));
        flag.store(true, Relaxed);
    });
}

/// Round trips of a byte.
pub(super) fn talk(sheet: &'static Sheet, mut stream: UnixStream) -> io::Result<()> {
    let mut byte = [0];
    for _ in 0..5_000 {
        stream.write_all(&byte)?;
        stream.read_exact(&mut byte)?;
    }
    sheet.end("client", 0);
    Ok(())
}
