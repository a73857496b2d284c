//! Replaces characters that no page may have, or that make text look like other text.
//!
//! Templates escape markup; these characters pass through them.

/// The replacement of a forbidden character.
const REPLACEMENT: char = '\u{fffd}';

/// The text with control characters, noncharacters and characters that change the direction of the text around them
/// replaced. Source of the first two: WHATWG HTML, *Preprocessing the input stream*; of the last: Unicode Technical Report 36.
pub(super) fn only(text: String) -> String {
    if text.contains(is_forbidden) { text.replace(is_forbidden, REPLACEMENT.encode_utf8(&mut [0; 4])) } else { text }
}

fn is_forbidden(letter: char) -> bool {
    let control = letter.is_control() && !matches!(letter, '\t' | '\n');
    let code = u32::from(letter);
    let noncharacter = code & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&letter);
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    control || noncharacter || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_are_replaced() {
        for letter in
            ['\0', '\u{8}', '\r', '\u{1b}', '\u{7f}', '\u{9b}', '\u{ffff}', '\u{1fffe}', '\u{fdd0}', '\u{202e}']
        {
            assert_eq!(only(format!("a{letter}b")), "a\u{fffd}b", "{letter:?}");
        }
    }

    #[test]
    fn ordinary_text_is_unchanged() {
        let text = "a\tb\nµ – ÷ × é 漢字 שלום 👩\u{200d}🔬\u{a0}\u{feff}";
        assert_eq!(only(text.to_owned()), text);
    }
}
