//! Round trips through shared memory, which can't be polled: a wait blocks its thread.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use super::pattern::{Pattern, wrong};
use crate::plan::{Mechanism, Peers};
use crate::record::{Lane, Segment};

/// A segment, and the number of its next round.
pub(super) struct Memory {
    segment: Arc<Segment>,
    mechanism: Mechanism,
    pattern: Pattern,
    echo: Vec<u8>,
    round: u64,
}

impl Memory {
    pub(super) fn new(peers: &Peers, segment: Arc<Segment>) -> Self {
        let bytes = peers.bytes as usize;
        Self { segment, mechanism: peers.mechanism, pattern: Pattern::new(bytes), echo: vec![0; bytes], round: 0 }
    }

    /// Does `rounds` rounds, or fewer if `goes_on`, called before each, returns false. Calls `after_round` after each.
    pub(super) fn rounds(
        &mut self,
        rounds: u32,
        goes_on: impl Fn(u32) -> bool,
        mut after_round: impl FnMut(u32),
    ) -> io::Result<()> {
        self.segment.set_awake(true);
        let mut rounds = (0..rounds).take_while(|round| goes_on(*round));
        let result = rounds.try_for_each(|round| self.round_trip().inspect(|()| after_round(round)));
        self.segment.set_awake(false);
        result
    }

    fn round_trip(&mut self) -> io::Result<()> {
        let payload = self.pattern.of(self.round);
        self.segment.put(Lane::There, payload);
        if !self.segment.take(Lane::Back, &mut self.echo) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if self.echo != payload {
            wrong(self.mechanism, self.round, &self.echo, payload);
        }
        self.round += 1;
        Ok(())
    }
}
