//! Lines of the record's header for threads that come and go: each that lives has one, and hands it on.
//!
//! One lender, many that give back, no lock: what was given back is a stack from which the lender takes all at once.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// No seat: they are counted from 1 in here.
const NONE: u32 = 0;

/// The seats.
#[derive(Debug)]
pub(super) struct Seats {
    /// Below each seat that was given back: the one given back before it.
    below: Box<[AtomicU32]>,
    /// The one given back last.
    returned: AtomicU32,
    /// The top of what the lender has taken and not lent yet. Only the lender uses it.
    taken: AtomicU32,
    /// How many were ever lent: as many as were in use at once. Only the lender uses it.
    used: AtomicU32,
}

impl Seats {
    /// So many seats.
    pub(super) fn new(count: usize) -> Self {
        let below = (0..count).map(|_| AtomicU32::new(NONE)).collect();
        Self { below, returned: AtomicU32::new(NONE), taken: AtomicU32::new(NONE), used: AtomicU32::new(0) }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.below.len()
    }

    /// A free seat; `None` if all are in use. For one thread at a time: the lender.
    pub(super) fn lend(&self) -> Option<u32> {
        let mut top = self.taken.load(Relaxed);
        if top == NONE {
            // Acquire: who sits there next comes behind whoever gave it back.
            top = self.returned.swap(NONE, Acquire);
        }
        if top != NONE {
            self.taken.store(self.below[top as usize - 1].load(Relaxed), Relaxed);
            return Some(top - 1);
        }
        let used = self.used.load(Relaxed);
        (used < self.below.len() as u32).then(|| {
            self.used.store(used + 1, Relaxed);
            used
        })
    }

    /// A seat is free again.
    pub(super) fn give_back(&self, seat: u32) {
        let mut top = self.returned.load(Relaxed);
        loop {
            self.below[seat as usize].store(top, Relaxed);
            // Release: see `lend`. What others pushed before stays visible through this exchange.
            match self.returned.compare_exchange_weak(top, seat + 1, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn a_seat_is_one_thread_s_at_a_time_and_there_are_no_more_than_were_in_use_at_once() {
        let seats = Seats::new(8);
        let in_use: Vec<AtomicU32> = (0..8).map(|_| AtomicU32::new(0)).collect();
        let (give, take) = channel::<u32>();
        let take = std::sync::Mutex::new(take);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let Ok(seat) = take.lock().unwrap().recv() else { return };
                        assert_eq!(in_use[seat as usize].fetch_add(1, Relaxed), 0, "nobody else sits there");
                        thread::yield_now();
                        in_use[seat as usize].fetch_sub(1, Relaxed);
                        seats.give_back(seat);
                    }
                });
            }
            let mut lent = 0;
            while lent < 20_000 {
                match seats.lend() {
                    Some(seat) => {
                        lent += 1;
                        give.send(seat).unwrap();
                    }
                    None => thread::yield_now(),
                }
            }
            drop(give);
        });
        let all: BTreeSet<u32> = std::iter::from_fn(|| seats.lend()).collect();
        assert_eq!(all, (0..8).collect(), "each came back once");
    }

    #[test]
    fn who_comes_behind_another_sits_where_that_sat() {
        let seats = Seats::new(100);
        for _ in 0..300 {
            let (one, other) = (seats.lend().unwrap(), seats.lend().unwrap());
            assert!(one != other && one < 2 && other < 2);
            seats.give_back(one);
            seats.give_back(other);
        }
    }
}
