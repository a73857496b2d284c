//! tokio's cooperative budget: after 128 operations that need not wait, a task lets other tasks run.
//!
//! tokio's futures spend it by themselves. Operations that are tried without such a future spend it here.

use std::task::{Context, Poll, ready};

use tokio::task::coop::poll_proceed;

/// Tries an operation, which spends one unit if it is done. Pending if no unit is left: the task is polled again behind others.
#[inline]
pub(super) fn spend<T>(cx: &mut Context<'_>, operation: impl FnOnce(&mut Context<'_>) -> Option<T>) -> Poll<Option<T>> {
    let unit = ready!(poll_proceed(cx));
    let done = operation(cx);
    if done.is_some() {
        unit.made_progress();
    }
    Poll::Ready(done)
}

#[cfg(test)]
mod tests;
