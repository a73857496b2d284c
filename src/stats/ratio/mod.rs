//! How far two independent samples of repeats are apart, as a ratio or as a difference, with an interval that assumes no
//! distribution.
//!
//! The estimate is Hodges and Lehmann's, the median of all pairs. The interval is that of Mann and Whitney's test: see
//! [`rank_sum_ranks`]. For a ratio both are computed on logarithms. Source: M. Hollander, D. A. Wolfe and E. Chicken,
//! *Nonparametric Statistical Methods*, 3rd ed., §4.2 and §4.3; W. J. Conover, *Practical Nonparametric Statistics*, §5.4.

use super::rank_sum_ranks;

/// How far a new sample is from an old one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The most likely ratio or difference; absent if it falls among failed repeats.
    pub estimate: Option<f64>,
    /// The ends of its interval, of 95 % confidence or more; `None` with too few values. An end that falls among failed repeats
    /// is 0 or infinite for a ratio, and infinite for a difference.
    pub bounds: Option<(f64, f64)>,
}

/// Why there is no ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRatio {
    /// One of the samples is empty.
    Empty,
    /// Some values are 0, but not all.
    Zero,
}

/// The ratio of the new values to the old ones. An infinite value is a failed repeat, whatever it would have measured. Its ratio
/// to a successful repeat is 0 or infinite; its ratio to another failed one is unknown. If all values are 0, they are equal.
pub fn ratio(old: &[f64], new: &[f64]) -> Result<Contrast, NoRatio> {
    let all = || old.iter().chain(new);
    if old.is_empty() || new.is_empty() {
        return Err(NoRatio::Empty);
    }
    if all().all(|&value| value == 0.0) {
        return Ok(contrast(old, new, 0.0, |_, _| Some(1.0), f64::midpoint));
    }
    if all().any(|&value| value.is_finite() && value <= 0.0) {
        return Err(NoRatio::Zero);
    }
    // The rate of a failed repeat is −∞: on the scale of ratios that is 0.
    let pair = |old: f64, new: f64| match (old.is_finite(), new.is_finite()) {
        (true, _) => Some((new / old).max(0.0)),
        (false, true) => Some(if old > 0.0 { 0.0 } else { f64::INFINITY }),
        (false, false) => None,
    };
    Ok(contrast(old, new, 0.0, pair, |low, high| (low * high).sqrt()))
}

/// By how much the new values exceed the old ones. Infinite values are failed repeats, as in [`ratio`].
pub fn difference(old: &[f64], new: &[f64]) -> Option<Contrast> {
    let pair = |old: f64, new: f64| Some(new - old).filter(|difference| !difference.is_nan());
    let is_empty = old.is_empty() || new.is_empty();
    (!is_empty).then(|| contrast(old, new, f64::NEG_INFINITY, pair, f64::midpoint))
}

/// The median of all pairs, and their order statistics. A pair without a value may be anywhere from `least` to +∞. The lower end
/// takes it as `least`, the upper end as +∞. `middle` computes the median of two values.
fn contrast(
    old: &[f64],
    new: &[f64],
    least: f64,
    pair: impl Fn(f64, f64) -> Option<f64>,
    middle: impl Fn(f64, f64) -> f64,
) -> Contrast {
    let pairs = old.iter().flat_map(|&old| new.iter().map(move |&new| (old, new)));
    let mut values: Vec<f64> = pairs.filter_map(|(old, new)| pair(old, new)).collect();
    values.sort_unstable_by(f64::total_cmp);
    let count = old.len() * new.len();
    let unknown = count - values.len();
    // The value at a rank, from 1, with the unknown pairs below all others, and with them above.
    let least_at = |rank: usize| rank.checked_sub(unknown + 1).map_or(least, |index| values[index]);
    let most_at = |rank: usize| values.get(rank - 1).copied().unwrap_or(f64::INFINITY);
    let median = |at: &dyn Fn(usize) -> f64| {
        let (low, high) = (at(count.div_ceil(2)), at(count / 2 + 1));
        if low.total_cmp(&high).is_eq() { low } else { middle(low, high) }
    };
    let (lower, upper) = (median(&least_at), median(&most_at));
    let is_known = lower.total_cmp(&upper).is_eq() && lower > least && lower.is_finite();
    let ranks = rank_sum_ranks(old.len(), new.len());
    Contrast { estimate: is_known.then_some(lower), bounds: ranks.map(|(low, high, _)| (least_at(low), most_at(high))) }
}

#[cfg(test)]
mod tests;
