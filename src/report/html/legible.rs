//! Characters that no page may have, or that make text look like another: shown as such.
//!
//! Templates escape what would be markup; these get through them.

/// What stands for a character that must not be there.
const REPLACEMENT: char = '\u{fffd}';

/// The text with control characters, noncharacters and characters that turn the direction of what stands around them
/// replaced. Source of the first two: WHATWG HTML, *Preprocessing the input stream*; of the last: Unicode Technical Report 36.
pub(super) fn only(text: String) -> String {
    if text.contains(is_forbidden) { text.replace(is_forbidden, REPLACEMENT.encode_utf8(&mut [0; 4])) } else { text }
}

fn is_forbidden(letter: char) -> bool {
    let control = letter.is_control() && !matches!(letter, '\t' | '\n');
    let code = u32::from(letter);
    let nobody = code & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&letter);
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    control || nobody || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_must_not_have_is_shown_as_such() {
        for letter in
            ['\0', '\u{8}', '\r', '\u{1b}', '\u{7f}', '\u{9b}', '\u{ffff}', '\u{1fffe}', '\u{fdd0}', '\u{202e}']
        {
            assert_eq!(only(format!("a{letter}b")), "a\u{fffd}b", "{letter:?}");
        }
    }

    #[test]
    fn what_people_write_stays() {
        let text = "a\tb\nµ – ÷ × é 漢字 שלום 👩\u{200d}🔬\u{a0}\u{feff}";
        assert_eq!(only(text.to_owned()), text);
    }
}
