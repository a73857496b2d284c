//! The system's limits on POSIX message queues (`mq_overview(7)`).

use nix::sys::resource::Resource;

use super::line;
use super::threads::{Ceiling, may_exceed_limits, soft_limit};

/// The limits on message queues; each is absent where there is none or where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueRoom {
    /// In bytes of one message.
    pub message: Option<Ceiling>,
    /// In queues.
    pub queues: Option<Ceiling>,
    /// In bytes of all queues of the user.
    pub bytes: Option<Ceiling>,
}

/// The limits on this process' message queues, whatever other processes use of them.
pub fn queue_room() -> QueueRoom {
    let sysctl = |name: &str, remedy| {
        let path = format!("/proc/sys/fs/mqueue/{name}");
        // A process that may exceed this limit has another one, far above any number that is asked for.
        let value = line(&path)?.parse().ok().filter(|_| !may_exceed_limits())?;
        Some(Ceiling { name: path, value, free: value, remedy })
    };
    let bytes = |value| Ceiling {
        name: "ulimit -q".to_owned(),
        value,
        free: value,
        remedy: "raise the limit, as with `ulimit -q …`",
    };
    QueueRoom {
        message: sysctl("msgsize_max", "raise the limit, as with `sysctl fs.mqueue.msgsize_max=…`"),
        queues: sysctl("queues_max", "raise the limit, as with `sysctl fs.mqueue.queues_max=…`"),
        bytes: soft_limit(Resource::RLIMIT_MSGQUEUE).map(bytes),
    }
}
