//! Sizes as scenarios write them: a number with its unit.

/// The largest size that is read: 1 TiB.
const LARGEST: u64 = 1 << 40;

const UNITS: [(u64, &str); 4] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A bare number.
    #[error("sizes need a unit, as in \"64KiB\"")]
    NoUnit,
    /// A unit of powers of ten, or in other letters.
    #[error("unknown unit `{0}` of a size")]
    UnknownUnit(String),
    /// More than [`LARGEST`], or more than any number holds.
    #[error("a size can't be more than 1TiB")]
    TooLarge,
    /// A part of a byte.
    #[error("`{0}` is no whole number of bytes")]
    Fraction(String),
    /// Anything else.
    #[error("`{0}` is no size")]
    Malformed(String),
}

impl SizeError {
    /// What to write instead, where the message does not say so.
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::UnknownUnit(_) | Self::Malformed(_) => {
                Some("write a number and its unit, one of `B`, `KiB`, `MiB` and `GiB`: \"64KiB\", \"1.5MiB\"")
            }
            Self::NoUnit | Self::TooLarge | Self::Fraction(_) => None,
        }
    }
}

/// Reads a size of at most [`LARGEST`] in bytes, such as `64KiB` or `1.5MiB`.
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let malformed = || SizeError::Malformed(text.to_owned());
    let trimmed = text.trim();
    let digits = trimmed.find(|char: char| !(char.is_ascii_digit() || char == '.')).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(malformed());
    }
    let unit = unit.trim_start();
    let size = match UNITS.iter().find(|(_, name)| *name == unit) {
        Some((size, _)) => *size,
        None if unit.is_empty() => return Err(SizeError::NoUnit),
        None if unit.chars().all(char::is_alphabetic) => return Err(SizeError::UnknownUnit(unit.to_owned())),
        None => return Err(malformed()),
    };
    let whole: u64 = whole.parse().map_err(|_| SizeError::TooLarge)?;
    let bytes = whole.checked_mul(size).filter(|bytes| *bytes <= LARGEST).ok_or(SizeError::TooLarge)?;
    let bytes = bytes + part(fraction, size).ok_or_else(|| SizeError::Fraction(text.to_owned()))?;
    if bytes <= LARGEST { Ok(bytes) } else { Err(SizeError::TooLarge) }
}

/// The bytes of the digits after the point, in a unit of `size` bytes; `None` if that is no whole number of bytes.
fn part(digits: &str, size: u64) -> Option<u64> {
    let digits = digits.trim_end_matches('0');
    // A part of 2^30 bytes has at most 30 exact decimals; 18 of them, multiplied by 2^30, fit in 128 bits.
    if digits.len() > 18 {
        return None;
    }
    let (number, scale) = (digits.parse::<u128>().unwrap_or(0), 10_u128.pow(digits.len() as u32));
    let bytes = number * u128::from(size);
    bytes.is_multiple_of(scale).then(|| (bytes / scale) as u64)
}

/// The text that a scenario would use: `64KiB`, `2MiB`, `1025B`. [`parse_size`] reads it back exactly.
pub fn size_text(bytes: u64) -> String {
    let (size, unit) = UNITS.into_iter().find(|(size, _)| bytes.is_multiple_of(*size) && bytes > 0).unwrap_or((1, "B"));
    format!("{}{unit}", bytes / size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_in_powers_of_two() {
        for (text, bytes) in [
            ("1B", 1),
            ("64KiB", 65_536),
            (" 2 MiB ", 2 << 20),
            ("1.5MiB", 3 << 19),
            ("0.5GiB", 1 << 29),
            ("1024GiB", LARGEST),
            ("0KiB", 0),
            ("1.0B", 1),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn each_mistake_in_a_size_has_its_own_error() {
        let unknown = |unit: &str| SizeError::UnknownUnit(unit.to_owned());
        for (text, error) in [
            ("64", SizeError::NoUnit),
            ("64KB", unknown("KB")),
            ("64kib", unknown("kib")),
            ("1.3B", SizeError::Fraction("1.3B".to_owned())),
            ("1.1KiB", SizeError::Fraction("1.1KiB".to_owned())),
            ("1025GiB", SizeError::TooLarge),
            ("1024.5GiB", SizeError::TooLarge),
            ("99999999999999999999999B", SizeError::TooLarge),
            ("", SizeError::Malformed(String::new())),
            ("-1KiB", SizeError::Malformed("-1KiB".to_owned())),
            (".5KiB", SizeError::Malformed(".5KiB".to_owned())),
            ("1.2.3KiB", SizeError::Malformed("1.2.3KiB".to_owned())),
            ("1 K iB", SizeError::Malformed("1 K iB".to_owned())),
        ] {
            assert_eq!(parse_size(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_size_is_read_back_as_it_was_written(bytes in 0..=LARGEST) {
            prop_assert_eq!(parse_size(&size_text(bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "[0-9. KMGiB-]{0,40}") {
            let _ = parse_size(&text);
        }
    }
}
