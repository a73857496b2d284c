//! The verdict on a change, and why it may be inconclusive.

use std::fmt;

use super::Tolerance;
use taskmix_engine::metric::Better;

/// The verdict on a figure's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It changed in the bad direction.
    Worse,
    /// It changed in the good direction.
    Better,
    /// It changed, which is neither good nor bad.
    Changed,
    /// It is the same within the tolerance.
    Same,
    /// The measurements don't decide it.
    Inconclusive(Reason),
}

/// Why a change is inconclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The interval contains both differences and no difference.
    Wide,
    /// The interval ends among failed repeats.
    Failed,
    /// There are too few repeats for an interval.
    TooFew,
    /// A repeat measured 0, which has no ratio.
    Zero,
    /// The old run has no such figure.
    NotInOld,
    /// The new run has no such figure.
    NotInNew,
}

impl Verdict {
    /// The word for tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Changed => "changed",
            Self::Same => "no difference",
            Self::Inconclusive(_) => "inconclusive",
        }
    }

    /// Why it is inconclusive, if it is.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Inconclusive(reason) => Some(reason),
            Self::Worse | Self::Better | Self::Changed | Self::Same => None,
        }
    }

    /// The verdict on an increase.
    const fn of_increase(better: Better) -> Self {
        match better {
            Better::Lower => Self::Worse,
            Better::Higher => Self::Better,
            Better::Neither => Self::Changed,
        }
    }

    /// The verdict on a decrease.
    const fn of_decrease(better: Better) -> Self {
        match better {
            Better::Lower => Self::Better,
            Better::Higher => Self::Worse,
            Better::Neither => Self::Changed,
        }
    }

    /// The verdict by the interval of a ratio: a change if it lies wholly beyond the tolerance on one side, no difference if it
    /// lies wholly within.
    pub(super) fn of_ratio((low, high): (f64, f64), tolerance: Tolerance, better: Better) -> Self {
        let (least, greatest) = tolerance.ratios();
        if low > greatest {
            Self::of_increase(better)
        } else if high < least {
            Self::of_decrease(better)
        } else if low >= least && high <= greatest {
            Self::Same
        } else if low > 0.0 && high.is_finite() {
            Self::Inconclusive(Reason::Wide)
        } else {
            Self::Inconclusive(Reason::Failed)
        }
    }

    /// The verdict by the interval of a difference of counts, which have no tolerance.
    pub(super) fn of_difference((low, high): (f64, f64), better: Better) -> Self {
        if low > 0.0 {
            Self::of_increase(better)
        } else if high < 0.0 {
            Self::of_decrease(better)
        } else if low >= 0.0 && high <= 0.0 {
            Self::Same
        } else if low.is_finite() && high.is_finite() {
            Self::Inconclusive(Reason::Wide)
        } else {
            Self::Inconclusive(Reason::Failed)
        }
    }
}

impl Reason {
    /// The word for files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Failed => "failed",
            Self::TooFew => "too_few",
            Self::Zero => "zero",
            Self::NotInOld => "not_in_old",
            Self::NotInNew => "not_in_new",
        }
    }
}

/// In words, to follow "inconclusive: ".
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wide => "the interval reaches over the tolerance",
            Self::Failed => "the interval ends among repeats that failed",
            Self::TooFew => "too few repeats for an interval: 4 and 4 at least",
            Self::Zero => "a repeat measured 0, which has no ratio",
            Self::NotInOld => "not measured in the old run",
            Self::NotInNew => "not measured in the new run",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: f64 = f64::INFINITY;

    #[test]
    fn an_interval_beyond_the_tolerance_is_a_change_and_one_within_it_is_no_difference() {
        let tolerance: Tolerance = "25%".parse().unwrap();
        for (bounds, lower, higher, neither) in [
            ((1.26, 9.0), Verdict::Worse, Verdict::Better, Verdict::Changed),
            ((1.26, T), Verdict::Worse, Verdict::Better, Verdict::Changed),
            ((0.1, 0.79), Verdict::Better, Verdict::Worse, Verdict::Changed),
            ((0.0, 0.79), Verdict::Better, Verdict::Worse, Verdict::Changed),
            ((0.8, 1.25), Verdict::Same, Verdict::Same, Verdict::Same),
        ] {
            let verdict = |better| Verdict::of_ratio(bounds, tolerance, better);
            assert_eq!(
                [Better::Lower, Better::Higher, Better::Neither].map(verdict),
                [lower, higher, neither],
                "{bounds:?}"
            );
        }
        for (bounds, reason) in [
            ((1.25, 9.0), Reason::Wide),
            ((0.79, 1.0), Reason::Wide),
            ((1.0, 1.26), Reason::Wide),
            ((0.5, 0.8), Reason::Wide),
            ((1.0, T), Reason::Failed),
            ((0.0, 1.0), Reason::Failed),
        ] {
            assert_eq!(
                Verdict::of_ratio(bounds, tolerance, Better::Lower),
                Verdict::Inconclusive(reason),
                "{bounds:?}"
            );
        }
    }

    #[test]
    fn counts_have_no_tolerance() {
        for (bounds, verdict) in [
            ((1.0, 9.0), Verdict::Worse),
            ((-3.0, -1.0), Verdict::Better),
            ((0.0, 0.0), Verdict::Same),
            ((0.0, 1.0), Verdict::Inconclusive(Reason::Wide)),
            ((-1.0, T), Verdict::Inconclusive(Reason::Failed)),
        ] {
            assert_eq!(Verdict::of_difference(bounds, Better::Lower), verdict, "{bounds:?}");
        }
    }
}
