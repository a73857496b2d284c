//! A pool of worker lines of the record for short-lived threads: each thread has a line while it lives, then the next one does.
//!
//! One thread lends, many give back, without a lock: returned lines form a stack from which the lender takes all at once.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// No line: the lines are counted from 1 in here.
const NONE: u32 = 0;

/// The lines.
#[derive(Debug)]
pub(super) struct TraceLinePool {
    /// For each returned line: the line below it in the stack, which was returned before it.
    below: Box<[AtomicU32]>,
    /// The line that was returned last.
    returned: AtomicU32,
    /// The top of the lines that the lender has taken back and not lent yet. Only the lender uses it.
    taken: AtomicU32,
    /// How many lines were ever lent: as many as were in use at once. Only the lender uses it.
    used: AtomicU32,
}

impl TraceLinePool {
    /// A pool of `count` lines.
    pub(super) fn new(count: usize) -> Self {
        let below = (0..count).map(|_| AtomicU32::new(NONE)).collect();
        Self { below, returned: AtomicU32::new(NONE), taken: AtomicU32::new(NONE), used: AtomicU32::new(0) }
    }

    /// The number of lines.
    pub(super) fn len(&self) -> usize {
        self.below.len()
    }

    /// A free line; `None` if all are in use. For one thread at a time: the lender.
    pub(super) fn lend(&self) -> Option<u32> {
        let mut top = self.taken.load(Relaxed);
        if top == NONE {
            // Acquire: the line's next thread sees all that the previous one wrote.
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

    /// The line is free again.
    pub(super) fn give_back(&self, trace_line: u32) {
        let mut top = self.returned.load(Relaxed);
        loop {
            self.below[trace_line as usize].store(top, Relaxed);
            // Release: see `lend`. What other threads pushed before stays visible through this exchange.
            match self.returned.compare_exchange_weak(top, trace_line + 1, Release, Relaxed) {
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
    fn a_line_has_one_thread_at_a_time_and_all_lines_are_returned_once() {
        let trace_lines = TraceLinePool::new(8);
        let in_use: Vec<AtomicU32> = (0..8).map(|_| AtomicU32::new(0)).collect();
        let (give, take) = channel::<u32>();
        let take = std::sync::Mutex::new(take);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let Ok(trace_line) = take.lock().unwrap().recv() else { return };
                        assert_eq!(in_use[trace_line as usize].fetch_add(1, Relaxed), 0, "one thread at a time");
                        thread::yield_now();
                        in_use[trace_line as usize].fetch_sub(1, Relaxed);
                        trace_lines.give_back(trace_line);
                    }
                });
            }
            let mut lent = 0;
            while lent < 5_000 {
                match trace_lines.lend() {
                    Some(trace_line) => {
                        lent += 1;
                        give.send(trace_line).unwrap();
                    }
                    None => thread::yield_now(),
                }
            }
            drop(give);
        });
        let all: BTreeSet<u32> = std::iter::from_fn(|| trace_lines.lend()).collect();
        assert_eq!(all, (0..8).collect(), "each line was returned once");
    }

    #[test]
    fn a_returned_line_is_lent_again_before_a_new_one() {
        let trace_lines = TraceLinePool::new(100);
        for _ in 0..300 {
            let (one, other) = (trace_lines.lend().unwrap(), trace_lines.lend().unwrap());
            assert!(one != other && one < 2 && other < 2);
            trace_lines.give_back(one);
            trace_lines.give_back(other);
        }
    }
}
