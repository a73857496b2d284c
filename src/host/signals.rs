//! What limits signals that queue (`signal(7)`).

use super::field;
use super::threads::Ceiling;

/// What limits real-time signals, each absent where nothing does or where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalRoom {
    /// In signals that one process can tell from each other.
    pub numbers: Option<Ceiling>,
    /// In signals of the user's that are queued at once.
    pub queued: Option<Ceiling>,
}

/// What limits the real-time signals of this process, now.
pub fn signal_room() -> SignalRoom {
    // The C library keeps some for itself, and its minimum is above those.
    let numbers = u64::try_from(libc::SIGRTMAX() - libc::SIGRTMIN() + 1).unwrap_or(0);
    let numbers = Ceiling {
        name: "SIGRTMAX - SIGRTMIN + 1".to_owned(),
        value: numbers,
        free: numbers,
        remedy: "take the engine `processes`, where each worker's process has so many of its own",
    };
    SignalRoom { numbers: Some(numbers), queued: field("/proc/self/status", "SigQ").and_then(|told| queued(&told)) }
}

/// Told as `used/limit` (`proc_pid_status(5)`). Nobody is above it.
fn queued(told: &str) -> Option<Ceiling> {
    let (used, value) = told.split_once('/')?;
    let (used, value): (u64, u64) = (used.parse().ok()?, value.parse().ok()?);
    let remedy = "raise the limit, as with `ulimit -i …`";
    Some(Ceiling { name: "ulimit -i".to_owned(), value, free: value.saturating_sub(used), remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_real_time_signals_and_as_many_may_be_queued_as_are_left() {
        let room = signal_room();
        assert!(room.numbers.is_some_and(|numbers| (8..=31).contains(&numbers.free)), "POSIX wants 8, Linux has 33");
        assert!(room.queued.is_some_and(|queued| queued.free <= queued.value));
        let queued = queued("30/100").unwrap();
        assert_eq!((queued.value, queued.free), (100, 70));
    }
}
