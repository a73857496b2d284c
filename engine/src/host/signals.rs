//! The system's limits on queued signals (`signal(7)`).

use super::field;
use super::threads::Ceiling;

/// The limits on real-time signals; each is absent where there is none or where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalRoom {
    /// In signal numbers that one process can use.
    pub numbers: Option<Ceiling>,
    /// In signals of the user that are queued at once.
    pub queued: Option<Ceiling>,
}

/// The limits on this process' real-time signals, now.
pub fn signal_room() -> SignalRoom {
    // The C library reserves some for itself; its minimum is above them.
    let numbers = u64::try_from(libc::SIGRTMAX() - libc::SIGRTMIN() + 1).unwrap_or(0);
    let numbers = Ceiling {
        name: "SIGRTMAX - SIGRTMIN + 1".to_owned(),
        value: numbers,
        free: numbers,
        remedy: "take the engine `processes`, where each worker's process has as many of its own",
    };
    SignalRoom { numbers: Some(numbers), queued: field("/proc/self/status", "SigQ").and_then(|field| queued(&field)) }
}

/// Reads `used/limit` (`proc_pid_status(5)`). No process may exceed this limit.
fn queued(field: &str) -> Option<Ceiling> {
    let (used, value) = field.split_once('/')?;
    let (used, value): (u64, u64) = (used.parse().ok()?, value.parse().ok()?);
    let remedy = "raise the limit, as with `ulimit -i …`";
    Some(Ceiling { name: "ulimit -i".to_owned(), value, free: value.saturating_sub(used), remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_real_time_signals_and_the_rest_of_the_limit_may_be_queued() {
        let room = signal_room();
        assert!(room.numbers.is_some_and(|numbers| (8..=31).contains(&numbers.free)), "POSIX wants 8, Linux has 33");
        assert!(room.queued.is_some_and(|queued| queued.free <= queued.value));
        let queued = queued("30/100").unwrap();
        assert_eq!((queued.value, queued.free), (100, 70));
    }
}
