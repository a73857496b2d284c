//! Text of pictures: its allowed characters, its width, the form of numbers.

use super::characters::is_private;

/// Text as the library takes it: legible, and without a `$` that would begin a formula.
pub(super) fn clean(text: &str) -> String {
    legible(text).replace('$', "\\$")
}

/// Text that can stand in any picture: no control characters, and no characters that stand for others.
pub(super) fn legible(text: &str) -> String {
    let is_bad = |c: char| c.is_control() || is_private(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_bad(c) { '\u{fffd}' } else { c }).collect()
}

/// How wide text is, in pixels; a little too wide in most typefaces other than the first.
pub(in crate::report::plot) fn text_width(text: &str, size: u32) -> f64 {
    let ems: f64 = text.chars().map(advance).sum();
    ems * f64::from(size)
}

/// The advance of a character of the typeface, in ems: of letters and signs rounded up to a few classes.
fn advance(c: char) -> f64 {
    match c {
        '\'' | 'i' | 'j' | 'l' | 'I' | 'J' => 0.29,
        ' ' | ',' | '.' | '·' | '/' | ':' | ';' | '\\' | '|' | 'f' | '-' => 0.36,
        '(' | ')' | '[' | ']' | 't' | '!' | 'r' => 0.41,
        '"' | '*' | '_' | '`' | 's' | 'z' | '?' | '–' => 0.53,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '#' | '+' | '<' | '=' | '>' | '×' | '÷' | '…' | '≤' => 0.9,
        'A'..='Z' | '&' => 0.72,
        ' '..='~' | 'µ' => 0.64,
        _ => 1.0,
    }
}

/// The same text with at most two decimals in its attributes: the library rounds, and then multiplies.
pub(super) fn short_numbers(svg: &str) -> String {
    let mut short = String::with_capacity(svg.len());
    // Between quotation marks is an attribute: in text, quotation marks are escaped.
    for (place, part) in svg.split('"').enumerate() {
        short.push_str(if place > 0 { "\"" } else { "" });
        if place % 2 == 0 {
            short.push_str(part);
            continue;
        }
        for (place, word) in part.split(' ').enumerate() {
            short.push_str(if place > 0 { " " } else { "" });
            match word.parse::<f64>() {
                Ok(number) if word.len() > 6 => short.push_str(&((number * 100.0).round() / 100.0).to_string()),
                _ => short.push_str(word),
            }
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_two_decimals_and_text_is_as_it_was() {
        let long = r#"<line x1="260.03000000000003" d="M 1 29.150000000000002 L 3.5 -0.12345678" /><text y="7">29.150000000000002</text>"#;
        let short = r#"<line x1="260.03" d="M 1 29.15 L 3.5 -0.12" /><text y="7">29.150000000000002</text>"#;
        assert_eq!(short_numbers(long), short);
    }

    #[test]
    fn text_is_at_least_as_wide_as_the_typeface_makes_it() {
        // Measured in DejaVu Sans at 10 pixels.
        for (text, width) in [("smol-local", 50.7), ("async-executor", 76.8), ("22.0 ms", 40.5), ("WWWW", 39.6)] {
            let ours = text_width(text, 10);
            assert!(width * 0.9 <= ours && ours <= width * 1.2, "{text}: {ours}");
        }
    }
}
