//! tokio's cooperative budget: after 128 operations that need not wait, a task lets others run.
//!
//! tokio's futures spend it by themselves. What is tried without one of them spends it here.

use std::task::{Context, Poll, ready};

use tokio::task::coop::poll_proceed;

/// Tries an operation, which spends one unit if it is done; pending if no unit is left. Then the task is polled again behind
/// others.
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
