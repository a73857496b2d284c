//! Where the parts of a record file begin, and how much of a trace it keeps.

use super::{Header, ProbeLine, RunSlice, RunSliceLine, Slot, WorkerLine};

/// The number of each part of a record file, from which their places follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// How many worker lines.
    pub workers: usize,
    /// How many probes there is room for.
    pub probes: usize,
    /// How many slots.
    pub slots: usize,
    /// How many run slices there is room for on each line; 0 if the cell is not traced.
    pub run_slices: usize,
}

/// The most run slices that are kept of a line.
const MAX_RUN_SLICES_PER_LINE: usize = 1 << 17;

/// The most that are kept of all lines together, as long as each has room for [`MIN_RUN_SLICES_PER_LINE`].
const MAX_RUN_SLICES: usize = 1 << 18;

/// The least room of each line.
const MIN_RUN_SLICES_PER_LINE: usize = 16;

impl Shape {
    /// The same for a traced cell, with room for the run slices of each line.
    #[must_use]
    pub fn traced(self) -> Self {
        let share = MAX_RUN_SLICES / self.workers.max(1);
        Self { run_slices: share.clamp(MIN_RUN_SLICES_PER_LINE, MAX_RUN_SLICES_PER_LINE), ..self }
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

    /// How many run slice lines there are: one for each worker line and a common one, if the cell is traced.
    pub const fn run_slice_lines(self) -> usize {
        if self.run_slices > 0 { self.workers + 1 } else { 0 }
    }

    /// Where the run slice lines begin; 0 if the cell is not traced.
    pub const fn run_slices_offset(self) -> usize {
        if self.run_slices > 0 { self.slots_end().next_multiple_of(128) } else { 0 }
    }

    /// Where the run slices of line `line` begin.
    pub const fn line_offset(self, line: usize) -> usize {
        let lines_end = self.run_slices_offset() + self.run_slice_lines() * size_of::<RunSliceLine>();
        lines_end + line * self.run_slices * size_of::<RunSlice>()
    }

    /// The size of the file in bytes.
    pub const fn bytes(self) -> usize {
        if self.run_slices > 0 { self.line_offset(self.run_slice_lines()) } else { self.slots_end() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_trace_the_file_ends_with_its_slots() {
        let shape = Shape { workers: 2, probes: 3, slots: 5, run_slices: 0 };
        assert_eq!((shape.bytes(), shape.run_slice_lines()), (shape.slots_offset() + 5 * 80, 0));
        let traced = Shape { run_slices: 7, ..shape };
        assert_eq!(traced.run_slices_offset(), shape.bytes().next_multiple_of(128));
        assert_eq!(traced.line_offset(1) - traced.line_offset(0), 7 * 24);
        assert_eq!(traced.bytes(), traced.run_slices_offset() + 3 * 128 + 3 * 7 * 24, "two lines and the common one");
    }

    #[test]
    fn the_trace_of_a_cell_is_bounded_for_any_number_of_lines() {
        for (lines, each) in [(0, 131_072), (1, 131_072), (2, 131_072), (4, 65_536), (1_000, 262), (65_535, 16)] {
            let shape = Shape { workers: lines, ..Shape::default() };
            assert_eq!(shape.traced().run_slices, each, "{lines} lines");
        }
    }
}
