//! A process that instances talk with: it gives back what it gets, whole, round by round.
//!
//! What comes stands on its descriptor 0, what goes back on 1: a socket can't be opened again by a number.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write, stdin, stdout};
use std::os::fd::AsFd;
use std::process::exit;

use super::{CellError, descriptor, watch};

/// Where a peer has what keeps it alive.
pub(super) mod fds {
    /// The plan's pipe, whose end of file tells that the campaign is gone.
    pub(in crate::cell) const PLAN: u32 = 3;
    /// A pipe whose end of file tells that the cell is gone.
    pub(in crate::cell) const LEASH: u32 = 4;
}

/// The round in which a peer does what it should not, if it is to.
const BAD_ROUND: u64 = 2;

/// How a peer ends that leaves.
const LEFT: i32 = 9;

/// What a peer is like.
#[derive(Debug, Clone, Copy)]
pub struct Echo {
    /// How much it gives back at once, bytes.
    pub bytes: usize,
    /// Whether it changes a bit, for tests of what happens then.
    pub flips: bool,
    /// Whether it leaves amid everything, likewise.
    pub leaves: bool,
}

/// Gives back what comes until nobody is there.
pub fn echo(echo: Echo) -> Result<(), CellError> {
    watch::die_with(vec![descriptor(fds::PLAN, false)?.into(), descriptor(fds::LEASH, false)?.into()]);
    // Not through the standard library's buffers: a round is one write if it fits.
    let input = File::from(stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(stdout().as_fd().try_clone_to_owned()?);
    match talk(echo, input, output) {
        // Whoever talked with it is gone.
        Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe) => Ok(()),
        talked => Ok(talked?),
    }
}

fn talk(Echo { bytes, flips, leaves }: Echo, mut input: File, mut output: File) -> io::Result<()> {
    let mut payload = vec![0; bytes];
    for round in 0_u64.. {
        // All of it before any of it goes back: two who both only write would wait for each other.
        input.read_exact(&mut payload)?;
        if round == BAD_ROUND && leaves {
            exit(LEFT);
        }
        if round == BAD_ROUND && flips {
            payload[bytes / 2] ^= 1;
        }
        output.write_all(&payload)?;
    }
    Ok(())
}
