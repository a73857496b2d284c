//! What an instance may be waiting for, in three sizes: a program that only yields carries nothing for it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use smol::future::block_on;

use super::holds::Holds;
use super::named::Mark;
use super::spawn::{Brought, Family};
use crate::idiom::{Boxed, Idiom};

/// What an instance waits for.
pub trait Wait<I: Idiom>: Default + Unpin + Send + 'static {
    /// Whether it is told who is on which thread, and each poll is timed.
    const TRACED: bool = false;

    /// Whether its program may meet others.
    const MEETS: bool = false;

    /// Whether there is something to wait for, but for others.
    fn is_waiting(&self) -> bool;

    /// Goes on waiting; ready at once if there is nothing to wait for.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Waits for the idiom's timer from now on.
    fn sleep(&mut self, length: Duration);

    /// Waits for a rarer step from now on.
    fn boxed(&mut self, future: Boxed<()>);

    /// Nominal nanoseconds of a `cpu` step still to do after a yield; 0 if none.
    fn take_left(&mut self) -> u64;

    /// Leaves `ns` nominal nanoseconds of a `cpu` step for after a yield.
    fn leave(&mut self, ns: u64);

    /// The times of each named step, by the name's number; grows as needed.
    fn marks(&mut self) -> Option<&mut Vec<Mark>> {
        None
    }

    /// What it carries that meets others.
    fn holds(&mut self) -> Option<&mut Holds<I>> {
        None
    }

    /// What it knows of its children, if it spawns.
    fn family(&mut self) -> Option<&mut Family> {
        None
    }

    /// What it has brought about by spawning.
    #[inline]
    fn brought(&self) -> Brought {
        Brought::default()
    }
}

/// For a program that yields between its steps and waits for nothing.
#[derive(Debug, Default)]
pub struct Turn;

impl<I: Idiom> Wait<I> for Turn {
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
pub enum Full<I: Idiom> {
    /// For nothing.
    #[default]
    Nothing,
    /// For its timer.
    Timer(I::Timer),
    /// For its turn, with so much of a `cpu` step left, nominal nanoseconds.
    Left(u64),
    /// For a rarer step.
    Boxed(Boxed<()>),
}

impl<I: Idiom> fmt::Debug for Full<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Timer(_) => "Timer",
            Self::Left(_) => "Left",
            Self::Boxed(_) => "Boxed",
        })
    }
}

impl<I: Idiom> Wait<I> for Full<I> {
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
        *self = Self::Timer(I::timer(length));
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

/// For a program with named steps, or one that meets others.
#[derive(Debug)]
pub struct Rich<I: Idiom> {
    full: Full<I>,
    marks: Vec<Mark>,
    holds: Holds<I>,
}

impl<I: Idiom> Default for Rich<I> {
    fn default() -> Self {
        Self { full: Full::Nothing, marks: Vec::new(), holds: Holds::default() }
    }
}

impl<I: Idiom> Wait<I> for Rich<I> {
    const MEETS: bool = true;

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
    fn holds(&mut self) -> Option<&mut Holds<I>> {
        Some(&mut self.holds)
    }
}

/// For a program that spawns.
pub struct Parent<I: Idiom> {
    rich: Rich<I>,
    family: Family,
}

impl<I: Idiom> Default for Parent<I> {
    fn default() -> Self {
        Self { rich: Rich::default(), family: Family::default() }
    }
}

impl<I: Idiom> fmt::Debug for Parent<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parent").field("full", &self.rich.full).finish_non_exhaustive()
    }
}

impl<I: Idiom> Wait<I> for Parent<I> {
    const MEETS: bool = true;

    fn is_waiting(&self) -> bool {
        self.family.joining.is_some() || self.rich.is_waiting()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(join) = self.family.joining else { return self.rich.poll(cx) };
        if I::NEVER_PENDS {
            self.family.joined(block_on(poll_fn(|cx| join.poll(cx))));
            return Poll::Ready(());
        }
        let joined = I::spend(cx, |cx| match join.poll(cx) {
            Poll::Ready(sum) => Some(sum),
            Poll::Pending => None,
        });
        let Poll::Ready(Some(sum)) = joined else { return Poll::Pending };
        self.family.joined(sum);
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

    fn holds(&mut self) -> Option<&mut Holds<I>> {
        self.rich.holds()
    }

    fn family(&mut self) -> Option<&mut Family> {
        Some(&mut self.family)
    }

    fn brought(&self) -> Brought {
        self.family.brought
    }
}

/// For any program of a traced cell. A type of its own, so that nothing is asked where nothing is traced.
#[derive(Debug, Default)]
pub struct Traced<W>(W);

impl<I: Idiom, W: Wait<I>> Wait<I> for Traced<W> {
    const TRACED: bool = true;
    const MEETS: bool = W::MEETS;

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

    fn holds(&mut self) -> Option<&mut Holds<I>> {
        self.0.holds()
    }

    fn family(&mut self) -> Option<&mut Family> {
        self.0.family()
    }

    fn brought(&self) -> Brought {
        self.0.brought()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idiom::Tokio;
    use crate::idiom::testing::most_at_a_time;
    use crate::step::spawn::Join;

    #[test]
    fn a_parent_whose_children_have_ended_spends_one_unit_of_tokio_s_budget_for_them() {
        let join: &'static Join = Box::leak(Box::default());
        let mut parent = Parent::<Tokio>::default();
        let most = most_at_a_time(async || {
            parent.family.joining = Some(join);
            poll_fn(|cx| Wait::<Tokio>::poll(&mut parent, cx)).await;
        });
        assert_eq!(most, 128);
    }
}
