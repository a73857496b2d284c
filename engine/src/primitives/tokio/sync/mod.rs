//! tokio's channels and locks.
//!
//! A task that has no budget left waits by tokio's own future. As in any program, the future takes a free lock at once and
//! completes after other tasks have run.

mod channel;

use std::task::{Context, Poll};

use tokio::sync::{self, MutexGuard, SemaphorePermit};

pub(super) use self::channel::Channel;
use super::budget::spend;
use crate::primitives::Lock;

/// A mutex.
#[derive(Debug)]
pub struct Mutex(sync::Mutex<()>);

impl Lock for Mutex {
    type Guard = MutexGuard<'static, ()>;

    fn new(_permits: u32) -> Self {
        Self(sync::Mutex::new(()))
    }

    #[inline]
    fn try_hold(&'static self) -> Option<Self::Guard> {
        self.0.try_lock().ok()
    }

    #[inline]
    fn hold_at_once(&'static self, cx: &mut Context<'_>) -> Option<Self::Guard> {
        if let Poll::Ready(guard) = spend(cx, |_| self.try_hold()) { guard } else { None }
    }

    async fn hold(&'static self) -> Self::Guard {
        self.0.lock().await
    }
}

/// A semaphore.
#[derive(Debug)]
pub struct Semaphore(sync::Semaphore);

impl Lock for Semaphore {
    type Guard = SemaphorePermit<'static>;

    fn new(permits: u32) -> Self {
        Self(sync::Semaphore::new(permits as usize))
    }

    #[inline]
    fn try_hold(&'static self) -> Option<Self::Guard> {
        self.0.try_acquire().ok()
    }

    #[inline]
    fn hold_at_once(&'static self, cx: &mut Context<'_>) -> Option<Self::Guard> {
        if let Poll::Ready(guard) = spend(cx, |_| self.try_hold()) { guard } else { None }
    }

    async fn hold(&'static self) -> Self::Guard {
        self.0.acquire().await.expect("the semaphore is never closed")
    }
}

/// A barrier.
#[derive(Debug)]
pub struct Barrier(sync::Barrier);

impl crate::primitives::Barrier for Barrier {
    fn new(parties: u32) -> Self {
        Self(sync::Barrier::new(parties as usize))
    }

    async fn wait(&'static self) {
        self.0.wait().await;
    }
}
