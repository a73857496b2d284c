//! Which pairwise differences of two samples are the ends of an interval: the exact null distribution of Mann and Whitney's U.
//!
//! It doesn't depend on what the values mean. Source: M. Hollander, D. A. Wolfe and E. Chicken, *Nonparametric Statistical
//! Methods*, 3rd ed., §4.1 (the distribution) and §4.3 (the interval); W. J. Conover, *Practical Nonparametric Statistics*,
//! 3rd ed., §5.4.

use super::CONFIDENCE;

/// The two-sided 95 % quantile of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// Which of the `first` × `second` pairwise differences in ascending order, from 1, are the ends of the interval of the
/// shift between two independent samples of these sizes, and with which probability it covers the shift. `None` where no
/// interval reaches [`CONFIDENCE`]: below 4 values on each side, or 3 and 5, or 2 and 8.
///
/// The `k`-th least to the `k`-th greatest difference cover the shift with probability 1 − 2 · P(U < k). The ends are those of
/// the greatest `k` that reaches the confidence. The probability is exact while all arrangements can be counted in 128 bits (up
/// to 62 values on each side). Beyond, it is the normal approximation, rounded outwards.
pub fn rank_sum_ranks(first: usize, second: usize) -> Option<(usize, usize, f64)> {
    let pairs = first.checked_mul(second).filter(|&pairs| pairs > 0)?;
    let Some(total) = arrangements(first, second) else { return Some(approximately(first, second)) };
    let counts = counts(first.min(second), first.max(second), pairs / 2);
    let mut below = 0_u128;
    let mut widest = None;
    for (k, count) in (1..=pairs.div_ceil(2)).zip(counts) {
        below += count;
        let coverage = 1.0 - 2.0 * (below as f64 / total as f64);
        if coverage < CONFIDENCE {
            break;
        }
        widest = Some((k, pairs + 1 - k, coverage));
    }
    widest
}

/// In how many ways the two samples can be merged: `first + second` over `first`. `None` beyond 128 bits.
fn arrangements(first: usize, second: usize) -> Option<u128> {
    let fewer = first.min(second);
    // Each step leaves a binomial coefficient: the division is exact.
    (1..=fewer).try_fold(1_u128, |ways, i| Some(ways.checked_mul((first + second - fewer + i) as u128)? / i as u128))
}

/// In how many arrangements U is 0, 1, … `most`: the coefficients of ∏ (1 − qⁿ⁺ⁱ) / (1 − qⁱ) for i from 1 to `fewer`. This is the
/// closed form of the recursion in the texts. Intermediate numbers may wrap; the results are right, because each count fits into
/// 128 bits.
fn counts(fewer: usize, more: usize, most: usize) -> Vec<u128> {
    let mut counts = vec![0_u128; most + 1];
    counts[0] = 1;
    for i in 1..=fewer {
        for u in (more + i..=most).rev() {
            counts[u] = counts[u].wrapping_sub(counts[u - more - i]);
        }
        for u in i..=most {
            counts[u] = counts[u].wrapping_add(counts[u - i]);
        }
    }
    counts
}

/// For samples too big to count: U is approximately normal, with half the number of pairs as its mean.
fn approximately(first: usize, second: usize) -> (usize, usize, f64) {
    let pairs = first * second;
    let deviation = (pairs as f64 * (first + second + 1) as f64 / 12.0).sqrt();
    let low = (pairs as f64 / 2.0 - NORMAL * deviation).floor().max(1.0) as usize;
    (low, pairs + 1 - low, CONFIDENCE)
}

#[cfg(test)]
mod tests;
