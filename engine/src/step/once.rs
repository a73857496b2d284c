//! An instance that one poll drives to its end: until then it carries its slot and its task and nothing else.
//!
//! A burst of a million pending instances is a million of these: every byte here costs page faults.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::instance::Instance;
use super::run::Run;
use super::wait::Wait;
use crate::primitives::Primitives;

/// The instance of a program that never pends with the primitives `P`.
#[derive(Debug)]
pub struct Once<P: Primitives, W: Wait<P>> {
    run: &'static Run<P>,
    slot: u32,
    task: u16,
    ended: bool,
    wait: PhantomData<fn() -> W>,
}

impl<P: Primitives, W: Wait<P>> Once<P, W> {
    /// The instance of `slot`, an instance of task number `task`.
    #[inline]
    pub(super) fn new(run: &'static Run<P>, slot: u32, task: u16) -> Self {
        Self { run, slot, task, ended: false, wait: PhantomData }
    }

    /// Makes the whole instance, once.
    #[inline]
    fn take(&mut self) -> Instance<P, W> {
        self.ended = true;
        Instance::new(self.run, self.slot, self.task)
    }
}

impl<P: Primitives, W: Wait<P>> Future for Once<P, W> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut instance = self.get_mut().take();
        let outcome = Pin::new(&mut instance).poll(cx);
        debug_assert!(outcome.is_ready(), "a program that never pends");
        outcome
    }
}

/// Dropped before its poll, it was cancelled while pending: the instance's own end records that.
impl<P: Primitives, W: Wait<P>> Drop for Once<P, W> {
    #[inline]
    fn drop(&mut self) {
        if !self.ended {
            drop(self.take());
        }
    }
}
