//! The kernel's counts of processor time on the whole machine since it started.

use std::fs;
use std::time::Duration;

/// The kernel's unit of processor time in `/proc/stat` is 1/100 s on every Linux that is built as usual (`USER_HZ`).
pub const TICK: Duration = Duration::from_millis(10);

/// Processor time of the whole machine, from `/proc/stat`. It is counted in ticks, so short times are imprecise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Time spent working, in user mode or in the kernel, for any process.
    pub busy: Duration,
    /// Stolen time: this virtual machine was ready to run, and its host ran another one instead.
    pub steal: Duration,
    /// How many processors there are.
    pub processors: u32,
}

impl Activity {
    /// The counts so far; `None` where the kernel doesn't report them.
    pub fn now() -> Option<Self> {
        Self::read(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// The format is that of `proc_stat(5)`: user, nice, system, idle, iowait, irq, softirq, steal, …
    fn read(text: &str) -> Option<Self> {
        let all = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<u64> = all.split_whitespace().map_while(|field| field.parse().ok()).collect();
        let [user, nice, system, _, _, irq, softirq, steal, ..] = ticks[..] else { return None };
        let processors = text.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count();
        Some(Self {
            busy: time(user + nice + system + irq + softirq),
            steal: time(steal),
            processors: u32::try_from(processors).ok().filter(|count| *count > 0)?,
        })
    }
}

fn time(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(TICK.as_millis() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guest_time_is_part_of_user_time_and_idle_time_is_not_busy() {
        let text = "cpu  100 20 30 4000 500 6 7 8 90 10
cpu0 1 2
cpu1 1 2
intr 5
";
        let activity = Activity::read(text).unwrap();
        assert_eq!(activity.busy, Duration::from_millis(1_630));
        assert_eq!(activity.steal, Duration::from_millis(80));
        assert_eq!(activity.processors, 2);
    }

    #[test]
    fn an_incomplete_file_gives_no_counts() {
        for text in [
            "",
            "cpu 1 2 3
cpu0 1
",
            "cpu  1 2 3 4 5 6 7 8
",
        ] {
            assert_eq!(Activity::read(text), None, "{text}");
        }
    }

    #[test]
    fn busy_time_never_decreases() {
        let (before, after) = (Activity::now().unwrap(), Activity::now().unwrap());
        assert!(before.busy <= after.busy && before.processors == after.processors);
    }
}
