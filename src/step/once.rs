//! An instance that one poll drives to its end: until then it carries its place in the record and nothing else.
//!
//! A burst of a million pending instances is a million of these: here every byte is paid for in page faults.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::instance::Instance;
use super::run::Run;
use super::wait::Wait;
use crate::idiom::Idiom;

/// The instance of a program that never pends on idiom `I`.
#[derive(Debug)]
pub struct Once<I: Idiom, W: Wait<I>> {
    run: &'static Run<I>,
    slot: u32,
    task: u16,
    ended: bool,
    wait: PhantomData<fn() -> W>,
}

impl<I: Idiom, W: Wait<I>> Once<I, W> {
    /// The instance of `slot`, an instance of task number `task`.
    #[inline]
    pub(super) fn new(run: &'static Run<I>, slot: u32, task: u16) -> Self {
        Self { run, slot, task, ended: false, wait: PhantomData }
    }

    /// The whole instance, once.
    #[inline]
    fn take(&mut self) -> Instance<I, W> {
        self.ended = true;
        Instance::new(self.run, self.slot, self.task)
    }
}

impl<I: Idiom, W: Wait<I>> Future for Once<I, W> {
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
impl<I: Idiom, W: Wait<I>> Drop for Once<I, W> {
    #[inline]
    fn drop(&mut self) {
        if !self.ended {
            drop(self.take());
        }
    }
}
