//! Round trips through memory. Nothing of it can be polled: whoever waits keeps its thread.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use super::pattern::Pattern;
use super::wrong;
use crate::plan::{Mechanism, Peers};
use crate::record::{Lane, Segment};

/// A segment, and how far its rounds are.
pub(super) struct Memory {
    segment: Arc<Segment>,
    mechanism: Mechanism,
    pattern: Pattern,
    came: Vec<u8>,
    round: u64,
}

impl Memory {
    pub(super) fn new(peers: &Peers, segment: Arc<Segment>) -> Self {
        let bytes = peers.bytes as usize;
        Self { segment, mechanism: peers.mechanism, pattern: Pattern::new(bytes), came: vec![0; bytes], round: 0 }
    }

    /// So many rounds, or fewer if `goes_on`, which is asked before each, says so; tells `did` of each.
    pub(super) fn rounds(
        &mut self,
        rounds: u32,
        goes_on: impl Fn(u32) -> bool,
        mut did: impl FnMut(u32),
    ) -> io::Result<()> {
        self.segment.set_awake(true);
        let mut all = (0..rounds).take_while(|round| goes_on(*round));
        let all = all.try_for_each(|round| self.one().inspect(|()| did(round)));
        self.segment.set_awake(false);
        all
    }

    fn one(&mut self) -> io::Result<()> {
        let payload = self.pattern.of(self.round);
        self.segment.put(Lane::There, payload);
        if !self.segment.take(Lane::Back, &mut self.came) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if self.came != payload {
            wrong(self.mechanism, self.round, &self.came, payload);
        }
        self.round += 1;
        Ok(())
    }
}
