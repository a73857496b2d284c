//! How much a figure may change and still count as the same.

use std::fmt;
use std::str::FromStr;

/// A share, from 0 to 1: with 0.05 a ratio between 1 / 1.05 and 1.05 is no difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance(f64);

/// Why a text is no tolerance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToleranceError {
    /// It is not a number.
    #[error("write a share, as in `5%` or `0.05`")]
    Malformed,
    /// It is below 0 or above 1.
    #[error("a tolerance is between 0% and 100%; `5%` and `0.05` are the same")]
    OutOfRange,
}

impl Tolerance {
    /// The share itself.
    pub const fn share(self) -> f64 {
        self.0
    }

    /// The least and the greatest ratio that are no difference: each is the other's reciprocal.
    pub fn ratios(self) -> (f64, f64) {
        let greatest = 1.0 + self.0;
        (greatest.recip(), greatest)
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self(0.05)
    }
}

impl FromStr for Tolerance {
    type Err = ToleranceError;

    fn from_str(text: &str) -> Result<Self, ToleranceError> {
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| ToleranceError::Malformed);
        let share = match text.trim().strip_suffix('%') {
            Some(percent) => number(percent)? / 100.0,
            None => number(text)?,
        };
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err(ToleranceError::OutOfRange) }
    }
}

/// In per cent, such as `5 %`.
impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded, so that 0.07 is not shown as 7.000000000000001 %.
        write!(f, "{} %", (self.0 * 1e8).round() / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_a_share_or_a_percentage() {
        for (text, share, shown) in [
            ("5%", 0.05, "5 %"),
            ("0.05", 0.05, "5 %"),
            (" 7 % ", 0.07, "7 %"),
            ("0.5%", 0.005, "0.5 %"),
            ("0", 0.0, "0 %"),
            ("1", 1.0, "100 %"),
        ] {
            let tolerance: Tolerance = text.parse().unwrap();
            assert!((tolerance.share() - share).abs() < 1e-12, "{text}");
            assert_eq!(tolerance.to_string(), shown);
        }
        assert_eq!(Tolerance::default(), "5%".parse().unwrap());
    }

    #[test]
    fn a_malformed_or_excessive_tolerance_is_refused() {
        for (text, error) in [
            ("", ToleranceError::Malformed),
            ("%", ToleranceError::Malformed),
            ("five", ToleranceError::Malformed),
            ("5", ToleranceError::OutOfRange),
            ("-1%", ToleranceError::OutOfRange),
            ("NaN", ToleranceError::OutOfRange),
            ("inf", ToleranceError::OutOfRange),
        ] {
            assert_eq!(text.parse::<Tolerance>(), Err(error), "{text}");
        }
    }
}
