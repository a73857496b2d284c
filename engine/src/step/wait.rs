//! What an instance waits for, in several sizes: an instance that only yields carries no state for it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use smol::future::block_on;

use super::children::{ChildState, SpawnTotals};
use super::histograms::Mark;
use super::sync_state::SyncState;
use crate::primitives::{Boxed, Primitives};

/// What an instance waits for.
pub trait Wait<P: Primitives>: Default + Unpin + Send + 'static {
    /// Whether the cell is traced: each poll is timed, and the trace shows which instance is on which thread.
    const TRACED: bool = false;

    /// Whether its program may synchronise with other instances.
    const SYNCS: bool = false;

    /// Whether there is something to wait for. Synchronisation doesn't count: `sync_state` has that.
    fn is_waiting(&self) -> bool;

    /// Continues to wait; ready at once if there is nothing to wait for.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Starts to wait for the runtime's timer.
    fn sleep(&mut self, length: Duration);

    /// Starts to wait for a rarer step.
    fn boxed(&mut self, future: Boxed<()>);

    /// Takes the rest of a `cpu` step that yielded, nominal nanoseconds; 0 if none.
    fn take_left(&mut self) -> u64;

    /// Keeps the rest of a `cpu` step, `ns` nominal nanoseconds, over a yield.
    fn leave(&mut self, ns: u64);

    /// The times of each named step, by the name's number; grows as needed.
    fn marks(&mut self) -> Option<&mut Vec<Mark>> {
        None
    }

    /// What it carries for synchronisation, if its program synchronises.
    fn sync_state(&mut self) -> Option<&mut SyncState<P>> {
        None
    }

    /// The state of its children, if it spawns.
    fn child_state(&mut self) -> Option<&mut ChildState> {
        None
    }

    /// What it has spawned, in total.
    #[inline]
    fn spawn_totals(&self) -> SpawnTotals {
        SpawnTotals::default()
    }
}

/// For a program that yields between its steps and waits for nothing.
#[derive(Debug, Default)]
pub struct Turn;

impl<P: Primitives> Wait<P> for Turn {
    #[inline]
    fn is_waiting(&self) -> bool {
        false
    }

    #[inline]
    fn poll(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn sleep(&mut self, _length: Duration) {
        unreachable!("its program doesn't sleep");
    }

    fn boxed(&mut self, _future: Boxed<()>) {
        unreachable!("its program doesn't wait");
    }

    #[inline]
    fn take_left(&mut self) -> u64 {
        0
    }

    fn leave(&mut self, _ns: u64) {
        unreachable!("its program doesn't yield amid a step");
    }
}

/// For a program that waits.
#[derive(Default)]
pub enum Full<P: Primitives> {
    /// For nothing.
    #[default]
    Nothing,
    /// For its timer.
    Timer(P::Timer),
    /// For the poll after a yield, with this much of a `cpu` step left, nominal nanoseconds.
    Left(u64),
    /// For a rarer step.
    Boxed(Boxed<()>),
}

impl<P: Primitives> fmt::Debug for Full<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Timer(_) => "Timer",
            Self::Left(_) => "Left",
            Self::Boxed(_) => "Boxed",
        })
    }
}

impl<P: Primitives> Wait<P> for Full<P> {
    #[inline]
    fn is_waiting(&self) -> bool {
        matches!(self, Self::Timer(_) | Self::Boxed(_))
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let waited = match self {
            Self::Nothing | Self::Left(_) => return Poll::Ready(()),
            Self::Timer(timer) => Pin::new(timer).poll(cx).map(|_| ()),
            Self::Boxed(future) => future.as_mut().poll(cx),
        };
        if waited.is_ready() {
            *self = Self::Nothing;
        }
        waited
    }

    fn sleep(&mut self, length: Duration) {
        *self = Self::Timer(P::timer(length));
    }

    fn boxed(&mut self, future: Boxed<()>) {
        *self = Self::Boxed(future);
    }

    fn take_left(&mut self) -> u64 {
        let Self::Left(left) = *self else { return 0 };
        *self = Self::Nothing;
        left
    }

    fn leave(&mut self, ns: u64) {
        *self = Self::Left(ns);
    }
}

/// For a program with named steps, or one that synchronises.
#[derive(Debug)]
pub struct Rich<P: Primitives> {
    full: Full<P>,
    marks: Vec<Mark>,
    sync_state: SyncState<P>,
}

impl<P: Primitives> Default for Rich<P> {
    fn default() -> Self {
        Self { full: Full::Nothing, marks: Vec::new(), sync_state: SyncState::default() }
    }
}

impl<P: Primitives> Wait<P> for Rich<P> {
    const SYNCS: bool = true;

    #[inline]
    fn is_waiting(&self) -> bool {
        self.full.is_waiting()
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.full.poll(cx)
    }

    fn sleep(&mut self, length: Duration) {
        self.full.sleep(length);
    }

    fn boxed(&mut self, future: Boxed<()>) {
        self.full.boxed(future);
    }

    #[inline]
    fn take_left(&mut self) -> u64 {
        self.full.take_left()
    }

    fn leave(&mut self, ns: u64) {
        self.full.leave(ns);
    }

    #[inline]
    fn marks(&mut self) -> Option<&mut Vec<Mark>> {
        Some(&mut self.marks)
    }

    #[inline]
    fn sync_state(&mut self) -> Option<&mut SyncState<P>> {
        Some(&mut self.sync_state)
    }
}

/// For a program that spawns.
pub struct Parent<P: Primitives> {
    rich: Rich<P>,
    child_state: ChildState,
}

impl<P: Primitives> Default for Parent<P> {
    fn default() -> Self {
        Self { rich: Rich::default(), child_state: ChildState::default() }
    }
}

impl<P: Primitives> fmt::Debug for Parent<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parent").field("full", &self.rich.full).finish_non_exhaustive()
    }
}

impl<P: Primitives> Wait<P> for Parent<P> {
    const SYNCS: bool = true;

    fn is_waiting(&self) -> bool {
        self.child_state.joining.is_some() || self.rich.is_waiting()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(join) = self.child_state.joining else { return self.rich.poll(cx) };
        if P::NEVER_PENDS {
            self.child_state.joined(block_on(poll_fn(|cx| join.poll(cx))));
            return Poll::Ready(());
        }
        let joined = P::spend(cx, |cx| match join.poll(cx) {
            Poll::Ready(sum) => Some(sum),
            Poll::Pending => None,
        });
        let Poll::Ready(Some(sum)) = joined else { return Poll::Pending };
        self.child_state.joined(sum);
        Poll::Ready(())
    }

    fn sleep(&mut self, length: Duration) {
        self.rich.sleep(length);
    }

    fn boxed(&mut self, future: Boxed<()>) {
        self.rich.boxed(future);
    }

    fn take_left(&mut self) -> u64 {
        self.rich.take_left()
    }

    fn leave(&mut self, ns: u64) {
        self.rich.leave(ns);
    }

    fn marks(&mut self) -> Option<&mut Vec<Mark>> {
        self.rich.marks()
    }

    fn sync_state(&mut self) -> Option<&mut SyncState<P>> {
        self.rich.sync_state()
    }

    fn child_state(&mut self) -> Option<&mut ChildState> {
        Some(&mut self.child_state)
    }

    fn spawn_totals(&self) -> SpawnTotals {
        self.child_state.spawn_totals
    }
}

/// For any program of a traced cell. It is a type of its own, so that a cell without a trace checks nothing at run time.
#[derive(Debug, Default)]
pub struct Traced<W>(W);

impl<P: Primitives, W: Wait<P>> Wait<P> for Traced<W> {
    const TRACED: bool = true;
    const SYNCS: bool = W::SYNCS;

    fn is_waiting(&self) -> bool {
        self.0.is_waiting()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll(cx)
    }

    fn sleep(&mut self, length: Duration) {
        self.0.sleep(length);
    }

    fn boxed(&mut self, future: Boxed<()>) {
        self.0.boxed(future);
    }

    fn take_left(&mut self) -> u64 {
        self.0.take_left()
    }

    fn leave(&mut self, ns: u64) {
        self.0.leave(ns);
    }

    fn marks(&mut self) -> Option<&mut Vec<Mark>> {
        self.0.marks()
    }

    fn sync_state(&mut self) -> Option<&mut SyncState<P>> {
        self.0.sync_state()
    }

    fn child_state(&mut self) -> Option<&mut ChildState> {
        self.0.child_state()
    }

    fn spawn_totals(&self) -> SpawnTotals {
        self.0.spawn_totals()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::Tokio;
    use crate::primitives::testing::most_at_a_time;
    use crate::step::children::Join;

    #[test]
    fn a_parent_whose_children_have_ended_spends_one_unit_of_tokio_s_budget_for_them() {
        let join: &'static Join = Box::leak(Box::default());
        let mut parent = Parent::<Tokio>::default();
        let most = most_at_a_time(async || {
            parent.child_state.joining = Some(join);
            poll_fn(|cx| Wait::<Tokio>::poll(&mut parent, cx)).await;
        });
        assert_eq!(most, 128);
    }
}
