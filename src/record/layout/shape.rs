//! Where the parts of a record file stand, and how much of a trace it keeps.

use super::{Header, ProbeLine, Slot, Stretch, StretchLine, WorkerLine};

/// Where the parts of a record file stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// How many worker lines.
    pub workers: usize,
    /// How many probes fit.
    pub probes: usize,
    /// How many slots.
    pub slots: usize,
    /// How many stretches fit for each worker line, and for the one beyond them; 0 if the cell is not traced.
    pub stretches: usize,
}

/// The most stretches that are kept of a worker line.
const MOST_STRETCHES_A_LINE: usize = 1 << 17;

/// The most that are kept of all lines together, as long as each has room for [`LEAST_STRETCHES_A_LINE`].
const MOST_STRETCHES: usize = 1 << 18;

/// Each line has room for so many at least.
const LEAST_STRETCHES_A_LINE: usize = 16;

impl Shape {
    /// The same of a traced cell, with room for what is kept of each line.
    #[must_use]
    pub fn traced(self) -> Self {
        let share = MOST_STRETCHES / self.workers.max(1);
        Self { stretches: share.clamp(LEAST_STRETCHES_A_LINE, MOST_STRETCHES_A_LINE), ..self }
    }

    /// Where the worker lines begin.
    pub const fn workers_offset(self) -> usize {
        size_of::<Header>()
    }

    /// Where the probes begin.
    pub const fn probes_offset(self) -> usize {
        self.workers_offset() + self.workers * size_of::<WorkerLine>()
    }

    /// Where the slots begin.
    pub const fn slots_offset(self) -> usize {
        (self.probes_offset() + self.probes * size_of::<ProbeLine>()).next_multiple_of(128)
    }

    /// Where the slots end.
    const fn slots_end(self) -> usize {
        self.slots_offset() + self.slots * size_of::<Slot>()
    }

    /// How many lines of stretches there are: one for each worker line and one beyond them, if the cell is traced.
    pub const fn stretch_lines(self) -> usize {
        if self.stretches > 0 { self.workers + 1 } else { 0 }
    }

    /// Where the lines of stretches begin; 0 if the cell is not traced.
    pub const fn stretches_offset(self) -> usize {
        if self.stretches > 0 { self.slots_end().next_multiple_of(128) } else { 0 }
    }

    /// Where the stretches of line `line` begin.
    pub const fn line_offset(self, line: usize) -> usize {
        let behind_the_lines = self.stretches_offset() + self.stretch_lines() * size_of::<StretchLine>();
        behind_the_lines + line * self.stretches * size_of::<Stretch>()
    }

    /// The size of the file in bytes.
    pub const fn bytes(self) -> usize {
        if self.stretches > 0 { self.line_offset(self.stretch_lines()) } else { self.slots_end() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_trace_the_file_ends_with_its_slots() {
        let shape = Shape { workers: 2, probes: 3, slots: 5, stretches: 0 };
        assert_eq!((shape.bytes(), shape.stretch_lines()), (shape.slots_offset() + 5 * 80, 0));
        let traced = Shape { stretches: 7, ..shape };
        assert_eq!(traced.stretches_offset(), shape.bytes().next_multiple_of(128));
        assert_eq!(traced.line_offset(1) - traced.line_offset(0), 7 * 24);
        assert_eq!(traced.bytes(), traced.stretches_offset() + 3 * 128 + 3 * 7 * 24, "two workers' and the common one");
    }

    #[test]
    fn what_a_traced_cell_keeps_is_bounded_however_many_lines_it_has() {
        for (lines, each) in [(0, 131_072), (1, 131_072), (2, 131_072), (4, 65_536), (1_000, 262), (65_535, 16)] {
            let shape = Shape { workers: lines, ..Shape::default() };
            assert_eq!(shape.traced().stretches, each, "{lines} lines");
        }
    }
}
