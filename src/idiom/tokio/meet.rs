//! tokio's channels and locks.

mod channel;

use tokio::sync::{self, MutexGuard, SemaphorePermit};

pub(super) use self::channel::Channel;
use crate::idiom::Lock;

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

    async fn hold(&'static self) -> Self::Guard {
        self.0.acquire().await.expect("nobody closes it")
    }
}

/// A barrier.
#[derive(Debug)]
pub struct Barrier(sync::Barrier);

impl crate::idiom::Barrier for Barrier {
    fn new(parties: u32) -> Self {
        Self(sync::Barrier::new(parties as usize))
    }

    async fn wait(&'static self) {
        self.0.wait().await;
    }
}
