//! What is sent in each round, so that whatever is lost, doubled, torn or changed is noticed.

/// After so many rounds what is sent comes again. A prime, so that no buffer's size is in step with it.
const PERIOD: usize = 251;

/// The payloads: overlapping windows of one text, so that a round costs no time to make one.
#[derive(Debug)]
pub(super) struct Pattern {
    text: Vec<u8>,
    bytes: usize,
}

impl Pattern {
    /// Payloads of so many bytes, above 0.
    pub(super) fn new(bytes: usize) -> Self {
        Self { text: (0..bytes + PERIOD - 1).map(byte).collect(), bytes }
    }

    /// That of a round.
    pub(super) fn of(&self, round: u64) -> &[u8] {
        let from = (round % PERIOD as u64) as usize;
        &self.text[from..from + self.bytes]
    }
}

/// Among 256 bytes in a row from a multiple of 256 on, none is twice: so the payloads of one byte differ within a period too.
fn byte(index: usize) -> u8 {
    let block = ((index >> 8) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
    (index as u8).wrapping_mul(167) ^ block as u8
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_rounds_of_a_period_send_the_same_and_none_is_another_one_shifted_by_whole_blocks() {
        for bytes in [1, 2, 64, 4096] {
            let pattern = Pattern::new(bytes);
            let payloads: HashSet<&[u8]> = (0..PERIOD as u64).map(|round| pattern.of(round)).collect();
            assert_eq!(payloads.len(), PERIOD, "{bytes}");
            assert_eq!((pattern.of(PERIOD as u64), pattern.of(7).len()), (pattern.of(0), bytes));
        }
        let pattern = Pattern::new(4096);
        let blocks: HashSet<&[u8]> = pattern.of(0).chunks(256).collect();
        assert_eq!(blocks.len(), 4096 / 256, "a block that is lost is missed");
    }
}
