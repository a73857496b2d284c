//! The payload of each round, so that bytes that are lost, doubled, torn or changed are noticed.

use crate::plan::Mechanism;

/// After this many rounds the payloads repeat. A prime, so that it does not line up with the size of a buffer.
const PERIOD: usize = 251;

/// The payloads: overlapping windows of one text, so that a round costs no time to make one.
#[derive(Debug)]
pub(super) struct Pattern {
    text: Vec<u8>,
    bytes: usize,
}

impl Pattern {
    /// Payloads of `bytes` bytes, at least one.
    pub(super) fn new(bytes: usize) -> Self {
        Self { text: (0..bytes + PERIOD - 1).map(byte).collect(), bytes }
    }

    /// The payload of a round.
    pub(super) fn of(&self, round: u64) -> &[u8] {
        let from = (round % PERIOD as u64) as usize;
        &self.text[from..from + self.bytes]
    }
}

/// The 256 bytes from a multiple of 256 on all differ. So the payloads of one byte differ within a period too.
fn byte(index: usize) -> u8 {
    let block = ((index >> 8) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
    (index as u8).wrapping_mul(167) ^ block as u8
}

/// The echo is not what was sent: then no measurement here is valid.
pub(super) fn wrong(mechanism: Mechanism, round: u64, echo: &[u8], sent: &[u8]) -> ! {
    let at = echo.iter().zip(sent).position(|(echo, sent)| echo != sent).unwrap_or_default();
    let by = mechanism.as_str();
    panic!("`ipc` by `{by}` gave back what was not sent: round {round}, byte {at} of {}", sent.len());
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_payloads_of_a_period_and_all_blocks_of_a_payload_differ() {
        for bytes in [1, 2, 64, 4096] {
            let pattern = Pattern::new(bytes);
            let payloads: HashSet<&[u8]> = (0..PERIOD as u64).map(|round| pattern.of(round)).collect();
            assert_eq!(payloads.len(), PERIOD, "{bytes}");
            assert_eq!((pattern.of(PERIOD as u64), pattern.of(7).len()), (pattern.of(0), bytes));
        }
        let pattern = Pattern::new(4096);
        let blocks: HashSet<&[u8]> = pattern.of(0).chunks(256).collect();
        assert_eq!(blocks.len(), 4096 / 256, "a lost block is noticed");
    }
}
