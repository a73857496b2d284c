//! What limits POSIX message queues (`mq_overview(7)`).

use nix::sys::resource::Resource;

use super::line;
use super::threads::{Ceiling, may_exceed_limits, soft_limit};

/// What limits message queues, each absent where nothing does or where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueRoom {
    /// In bytes of one message.
    pub message: Option<Ceiling>,
    /// In queues.
    pub queues: Option<Ceiling>,
    /// In bytes of all queues of the user.
    pub bytes: Option<Ceiling>,
}

/// What limits the message queues of this process, whatever others have of them.
pub fn queue_room() -> QueueRoom {
    let sysctl = |name: &str, remedy| {
        let path = format!("/proc/sys/fs/mqueue/{name}");
        // Whoever may exceed it is held to far more than is ever asked for.
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
