//! The vocabulary of figures: what a sample can say, with its unit.
//!
//! One list serves the CSV columns, the summary and the names in expectations. This module must not know how a figure is
//! obtained.

/// What kind of quantity a figure is. It decides the column's suffix and the unit in which reports print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of things.
    Count,
    /// Nanoseconds.
    Time,
    /// Bytes.
    Bytes,
    /// Things per second.
    Rate,
    /// A fraction without unit.
    Share,
}

/// Whether a lower or a higher figure is better, all else being equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less is better: times, memory, failures.
    Lower,
    /// More is better: work done.
    Higher,
    /// The figure describes the run and judges nothing.
    Neither,
}

macro_rules! metrics {
    ($($variant:ident $name:literal $kind:ident $mix:literal $better:ident $doc:literal;)*) => {
        /// One figure of a sample.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Metric { $(#[doc = $doc] $variant,)* }

        impl Metric {
            /// Every figure, in the order of the CSV columns.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// How many figures there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name in expectations: the column's, without its unit.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What kind of quantity it is.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }

            /// Whether only the row of the whole mix (`*`) has this figure.
            pub const fn is_of_the_mix(self) -> bool {
                match self { $(Self::$variant => $mix,)* }
            }

            /// Whether lower or higher is better.
            pub const fn better(self) -> Better {
                match self { $(Self::$variant => Better::$better,)* }
            }

            /// What it means, one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

metrics! {
    Released "released" Count false Neither "Instances released.";
    Started "started" Count false Neither "Instances started: polled or run at least once.";
    Done "done" Count false Higher "Instances that ran to their end.";
    Cancelled "cancelled" Count false Neither "Instances that a cancellation stopped.";
    Failed "failed" Count false Lower "Instances that ended by an error of a step.";
    Stalled "stalled" Count false Lower "Instances released that never ended.";
    StalledPending "stalled_pending" Count false Lower "Stalled instances that never started.";
    StalledRunning "stalled_running" Count false Lower "Stalled instances that had started.";
    Unstopped "unstopped" Count false Lower "Instances that ran to their end although their cancellation had been requested.";
    UnitsDone "units_done" Count false Neither "Work done by `cpu` steps, in nominal nanoseconds.";
    UnitsAfterCancel "units_after_cancel" Count false Lower "Of these, work done after the instance's cancellation was requested.";
    Makespan "makespan" Time false Lower "From the start of the span (of a task: its first intended release) to the last end.";
    Throughput "throughput" Rate false Higher "Instances done per second of makespan.";
    LatencyMean "latency_mean" Time false Lower "Mean of finished − scheduled, over done.";
    LatencyP50 "latency_p50" Time false Lower "Median latency.";
    LatencyP90 "latency_p90" Time false Lower "90th percentile of latency.";
    LatencyP99 "latency_p99" Time false Lower "99th percentile of latency.";
    LatencyP999 "latency_p999" Time false Lower "99.9th percentile of latency.";
    LatencyMax "latency_max" Time false Lower "Greatest latency.";
    WaitMean "wait_mean" Time false Lower "Mean of started − scheduled, over started.";
    WaitP50 "wait_p50" Time false Lower "Median wait.";
    WaitP90 "wait_p90" Time false Lower "90th percentile of wait.";
    WaitP99 "wait_p99" Time false Lower "99th percentile of wait.";
    WaitP999 "wait_p999" Time false Lower "99.9th percentile of wait.";
    WaitMax "wait_max" Time false Lower "Greatest wait.";
    ServiceMean "service_mean" Time false Lower "Mean of finished − started, over done.";
    ServiceP50 "service_p50" Time false Lower "Median service time.";
    ServiceP90 "service_p90" Time false Lower "90th percentile of service time.";
    ServiceP99 "service_p99" Time false Lower "99th percentile of service time.";
    ServiceP999 "service_p999" Time false Lower "99.9th percentile of service time.";
    ServiceMax "service_max" Time false Lower "Greatest service time.";
    CancelMean "cancel_mean" Time false Lower "Mean of stopped − cancel requested, over cancelled.";
    CancelP50 "cancel_p50" Time false Lower "Median cancel time.";
    CancelP90 "cancel_p90" Time false Lower "90th percentile of cancel time.";
    CancelP99 "cancel_p99" Time false Lower "99th percentile of cancel time.";
    CancelP999 "cancel_p999" Time false Lower "99.9th percentile of cancel time.";
    CancelMax "cancel_max" Time false Lower "Greatest cancel time.";
    LagP50 "lag_p50" Time true Lower "Median time that a probe from outside waits for the engine.";
    LagP99 "lag_p99" Time true Lower "99th percentile of lag.";
    LagMax "lag_max" Time true Lower "Greatest lag.";
    ProbeLateP99 "probe_late_p99" Time true Neither "99th percentile of the probe writer's own lateness: when high, the host was disturbed or full.";
    UserCpu "user_cpu" Time true Lower "CPU time in user mode over the span.";
    SystemCpu "system_cpu" Time true Lower "CPU time in the kernel over the span.";
    CpuUtilisation "cpu_utilisation" Share true Neither "CPU time in the span ÷ (makespan × workers).";
    VoluntarySwitches "voluntary_switches" Count true Neither "Context switches because a thread waited.";
    InvoluntarySwitches "involuntary_switches" Count true Neither "Context switches because a thread was pre-empted.";
    PeakRss "peak_rss" Bytes true Lower "Peak resident memory of the span, less the record's own.";
    Offered "offered" Rate false Neither "Of open arrivals over time: instances released per second, from the first intended release to the last.";
    LatencyGrowth "latency_growth" Share false Neither "Of the same: the least ratio of the median latencies of a quarter of the instances and of the quarter before.";
}

impl Metric {
    /// The CSV column: the name with its unit.
    pub fn column(self) -> String {
        match self.kind() {
            Kind::Count | Kind::Share => self.name().to_owned(),
            Kind::Time => format!("{}_ns", self.name()),
            Kind::Bytes => format!("{}_bytes", self.name()),
            Kind::Rate => format!("{}_per_s", self.name()),
        }
    }

    /// Whether it counts states of instances or their work. Such counts are compared exactly. The kernel's counts (context
    /// switches) are measurements like any time.
    pub const fn is_tally(self) -> bool {
        matches!(self.kind(), Kind::Count) && !matches!(self, Self::VoluntarySwitches | Self::InvoluntarySwitches)
    }

    /// The fewest values from which it is computed: with fewer, a percentile would be the greatest value alone.
    pub fn fewest_values(self) -> u64 {
        match self.name().rsplit_once('_') {
            Some((_, "p90")) => 10,
            Some((_, "p99")) => 100,
            Some((_, "p999")) => 1000,
            // The median of 10 in each quarter.
            Some((_, "growth")) => 40,
            _ => 1,
        }
    }

    /// Whether it is measured by the probe, and so in cells that measure lag only.
    pub const fn is_of_the_probe(self) -> bool {
        matches!(self, Self::LagP50 | Self::LagP99 | Self::LagMax | Self::ProbeLateP99)
    }

    /// Whether it is a cancel time.
    pub fn is_of_the_cancelled(self) -> bool {
        self.name().starts_with("cancel_")
    }

    /// The figure called `name` in expectations.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }
}

macro_rules! step_metrics {
    ($($variant:ident $name:literal $part:ident $doc:literal;)*) => {
        /// One figure of a named step, over its executions in a cell.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum StepMetric { $(#[doc = $doc] $variant,)* }

        impl StepMetric {
            /// Every figure, in the order of the CSV columns.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// How many figures there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name in expectations: the column's, without its unit.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The part of the step that it is about.
            pub const fn part(self) -> Part {
                match self { $(Self::$variant => Part::$part,)* }
            }

            /// What it means, one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

/// A part of a named step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Waiting for what the step needs.
    Wait,
    /// Holding it.
    Hold,
    /// The whole step, from its start to its end.
    Total,
}

step_metrics! {
    Executions "count" Total "Executions that were completed.";
    WaitP50 "wait_p50" Wait "Median time that the step waits for what it needs.";
    WaitP99 "wait_p99" Wait "99th percentile of that time.";
    WaitMax "wait_max" Wait "Greatest of these times.";
    HoldP50 "hold_p50" Hold "Median time that the step holds what it needed.";
    HoldP99 "hold_p99" Hold "99th percentile of that time.";
    HoldMax "hold_max" Hold "Greatest of these times.";
    TotalP50 "total_p50" Total "Median time from the step's start to its end.";
    TotalP99 "total_p99" Total "99th percentile of that time.";
    TotalMax "total_max" Total "Greatest of these times.";
}

impl StepMetric {
    /// What kind of quantity it is.
    pub const fn kind(self) -> Kind {
        if matches!(self, Self::Executions) { Kind::Count } else { Kind::Time }
    }

    /// Whether lower or higher is better.
    pub const fn better(self) -> Better {
        if matches!(self, Self::Executions) { Better::Neither } else { Better::Lower }
    }

    /// The CSV column: the name with its unit.
    pub fn column(self) -> String {
        match self {
            Self::Executions => self.name().to_owned(),
            _ => format!("{}_ns", self.name()),
        }
    }

    /// The fewest executions from which it is computed.
    pub const fn fewest_values(self) -> u64 {
        match self {
            Self::WaitP99 | Self::HoldP99 | Self::TotalP99 => 100,
            _ => 1,
        }
    }

    /// The figure called `name` in expectations.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }
}
