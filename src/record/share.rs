//! A cell's instances dealt among several dispatchers: which are whose, and how far each dispatcher has come.
//!
//! What is dealt has an order: number i is dispatcher i mod n's. So each knows its own without asking, and writes marks that
//! nobody else writes.

use std::iter::StepBy;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

use super::layout::WorkerLine;
use super::mapping::Mapping;

/// One dispatcher's share of what is dealt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which dispatcher, from 0.
    index: u32,
    /// How many there are, at least 1.
    of: u32,
}

impl Share {
    /// That of the only dispatcher: everything.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// That of dispatcher `index`, if there are `of` of them and it is one.
    pub fn new(index: u32, of: u32) -> Option<Self> {
        (index < of).then_some(Self { index, of })
    }

    /// Which dispatcher, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many dispatchers there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether it is everything.
    #[inline]
    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// The first number of the share at or behind `number`.
    #[inline]
    pub fn first_from(self, number: u32) -> u32 {
        if self.is_whole() {
            return number;
        }
        number + (self.index + self.of - number % self.of) % self.of
    }

    /// Whether `number` is in the share.
    #[inline]
    pub fn has(self, number: u32) -> bool {
        self.first_from(number) == number
    }

    /// Those of `numbers` that are in the share.
    pub fn within(self, numbers: Range<u32>) -> StepBy<Range<u32>> {
        (self.first_from(numbers.start)..numbers.end).step_by(self.of as usize)
    }

    /// Number `n` of the share, from 0.
    pub fn nth(self, n: usize) -> usize {
        self.index as usize + n * self.of as usize
    }
}

/// How far each dispatcher has come: number i has come if it is below the mark of dispatcher i mod n.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(Vec<usize>);

impl Marks {
    /// Of the instances of open arrivals, those released, as the dispatchers told last.
    pub fn released(mapping: &Mapping) -> Self {
        Self::of(mapping, |line| line.released.load(Relaxed), mapping.header().released.value.load(Relaxed))
    }

    /// Of the probes, those handled.
    pub fn probed(mapping: &Mapping) -> Self {
        Self::of(mapping, |line| line.probed.load(Relaxed), mapping.header().probed.value.load(Relaxed))
    }

    fn of(mapping: &Mapping, each: impl Fn(&WorkerLine) -> u64, only: u64) -> Self {
        let lines = mapping.workers();
        // An engine may have written anything there: nobody has a mark but on a line.
        match (mapping.header().dispatchers.load(Relaxed) as usize).min(lines.len()) {
            0 | 1 => Self(vec![only as usize]),
            several => Self(lines.iter().take(several).map(|line| each(line) as usize).collect()),
        }
    }

    /// Whether number `index` has come.
    #[inline]
    pub fn has(&self, index: usize) -> bool {
        match self.0[..] {
            [mark] => index < mark,
            _ => index < self.0[index % self.0.len()],
        }
    }

    /// Number `index` has come, and so have all before it in its share.
    pub fn raise(&mut self, index: usize) {
        let dispatchers = self.0.len();
        let mark = &mut self.0[index % dispatchers];
        *mark = (*mark).max(index + 1);
    }

    /// All below this have come.
    pub fn least(&self) -> usize {
        self.0.iter().copied().min().unwrap_or(0)
    }

    /// Nobody at or behind this has come.
    pub fn greatest(&self) -> usize {
        self.0.iter().copied().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::layout::Shape;

    proptest! {
        #[test]
        fn every_number_is_in_exactly_one_share(start in 0..50_u32, length in 0..50_u32, of in 1..9_u32) {
            let shares = || (0..of).map(|index| Share::new(index, of).unwrap());
            let mut dealt: Vec<u32> = shares().flat_map(|share| share.within(start..start + length)).collect();
            dealt.sort_unstable();
            prop_assert_eq!(dealt, (start..start + length).collect::<Vec<_>>());
            for share in shares() {
                for number in start..start + length {
                    prop_assert_eq!(share.has(number), number % of == share.index());
                    let first = share.first_from(number);
                    prop_assert!(share.has(first) && (number..number + of).contains(&first));
                }
                let few: Vec<usize> = (0..5).map(|n| share.nth(n)).collect();
                let expected: Vec<usize> = share.within(0..5 * of).map(|number| number as usize).collect();
                prop_assert_eq!(few, expected);
            }
        }
    }

    #[test]
    fn there_is_no_share_beyond_the_last() {
        assert_eq!(Share::new(0, 1), Some(Share::WHOLE));
        assert_eq!((Share::new(2, 2), Share::new(0, 0)), (None, None));
    }

    #[test]
    fn each_dispatcher_has_come_as_far_as_its_own_mark() {
        let (_, mapping) = Mapping::create(Shape { workers: 2, probes: 0, slots: 9, stretches: 0 }).unwrap();
        mapping.header().released.value.store(4, Relaxed);
        assert_eq!(Marks::released(&mapping), Marks(vec![4]), "there is one dispatcher");
        mapping.header().dispatchers.store(2, Relaxed);
        mapping.workers()[0].released.store(3, Relaxed);
        mapping.workers()[1].released.store(6, Relaxed);
        let mut marks = Marks::released(&mapping);
        let come = |marks: &Marks| (0..9).filter(|index| marks.has(*index)).collect::<Vec<_>>();
        assert_eq!(come(&marks), [0, 1, 2, 3, 5]);
        assert_eq!((marks.least(), marks.greatest()), (3, 6));
        marks.raise(6);
        marks.raise(1);
        assert_eq!(come(&marks), [0, 1, 2, 3, 4, 5, 6]);
        mapping.header().dispatchers.store(u64::MAX, Relaxed);
        assert_eq!(Marks::released(&mapping), Marks(vec![3, 6]), "there are no more than lines");
    }
}
