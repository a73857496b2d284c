//! The shares of several dispatchers in a cell's instances and probes, and the progress of each dispatcher.
//!
//! Numbers are assigned round-robin: number i belongs to dispatcher i mod n. So each dispatcher knows its share without
//! communication, and is the only writer of its marks.

use std::iter::StepBy;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

use super::layout::WorkerLine;
use super::mapping::Mapping;

/// One dispatcher's share of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which dispatcher, from 0.
    index: u32,
    /// How many there are, at least 1.
    of: u32,
}

impl Share {
    /// The share of a single dispatcher: all numbers.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The share of dispatcher `index` of `of`; `None` if there is no such dispatcher.
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

    /// Whether it has all numbers.
    #[inline]
    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// The first number of the share from `number` on.
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

    /// The numbers of the share in `numbers`.
    pub fn within(self, numbers: Range<u32>) -> StepBy<Range<u32>> {
        (self.first_from(numbers.start)..numbers.end).step_by(self.of as usize)
    }

    /// Number `n` of the share, from 0.
    pub fn nth(self, n: usize) -> usize {
        self.index as usize + n * self.of as usize
    }
}

/// The mark of each dispatcher: number i is passed if it is below the mark of dispatcher i mod n.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(Vec<usize>);

impl Marks {
    /// The marks of released instances of open arrivals, as last written by the dispatchers.
    pub fn released(mapping: &Mapping) -> Self {
        Self::of(mapping, |line| line.released.load(Relaxed), mapping.header().released.value.load(Relaxed))
    }

    /// The marks of handled probes.
    pub fn probed(mapping: &Mapping) -> Self {
        Self::of(mapping, |line| line.probed.load(Relaxed), mapping.header().probed.value.load(Relaxed))
    }

    fn of(mapping: &Mapping, each: impl Fn(&WorkerLine) -> u64, only: u64) -> Self {
        let lines = mapping.workers();
        // An engine may have written any number there, but there is one mark for each worker line at most.
        match (mapping.header().dispatchers.load(Relaxed) as usize).min(lines.len()) {
            0 | 1 => Self(vec![only as usize]),
            several => Self(lines.iter().take(several).map(|line| each(line) as usize).collect()),
        }
    }

    /// Whether number `index` is passed.
    #[inline]
    pub fn has(&self, index: usize) -> bool {
        match self.0[..] {
            [mark] => index < mark,
            _ => index < self.0[index % self.0.len()],
        }
    }

    /// Passes number `index`, and so all before it in its share.
    pub fn raise(&mut self, index: usize) {
        let dispatchers = self.0.len();
        let mark = &mut self.0[index % dispatchers];
        *mark = (*mark).max(index + 1);
    }

    /// All numbers below this are passed.
    pub fn least(&self) -> usize {
        self.0.iter().copied().min().unwrap_or(0)
    }

    /// No number from this one on is passed.
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
            let mut numbers: Vec<u32> = shares().flat_map(|share| share.within(start..start + length)).collect();
            numbers.sort_unstable();
            prop_assert_eq!(numbers, (start..start + length).collect::<Vec<_>>());
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
    fn each_dispatcher_has_passed_the_numbers_below_its_own_mark() {
        let (_, mapping) = Mapping::create(Shape { workers: 2, probes: 0, slots: 9, run_slices: 0 }).unwrap();
        mapping.header().released.value.store(4, Relaxed);
        assert_eq!(Marks::released(&mapping), Marks(vec![4]), "there is one dispatcher");
        mapping.header().dispatchers.store(2, Relaxed);
        mapping.workers()[0].released.store(3, Relaxed);
        mapping.workers()[1].released.store(6, Relaxed);
        let mut marks = Marks::released(&mapping);
        let passed = |marks: &Marks| (0..9).filter(|index| marks.has(*index)).collect::<Vec<_>>();
        assert_eq!(passed(&marks), [0, 1, 2, 3, 5]);
        assert_eq!((marks.least(), marks.greatest()), (3, 6));
        marks.raise(6);
        marks.raise(1);
        assert_eq!(passed(&marks), [0, 1, 2, 3, 4, 5, 6]);
        mapping.header().dispatchers.store(u64::MAX, Relaxed);
        assert_eq!(Marks::released(&mapping), Marks(vec![3, 6]), "there are no more marks than lines");
    }
}
