//! Brackets that are never closed. TOML's own parser reports an error for everything that follows one.

use std::ops::Range;

use crate::diagnostic::Diagnostic;

/// The error of each bracket that is still open at a line that must be a new key or header, and the range from the line of the
/// bracket to there. Call this only for a text that is not TOML.
pub(super) fn unclosed(text: &str) -> Vec<(Diagnostic, Range<usize>)> {
    let mut found = Vec::new();
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if is_line_start(text, at)
            && let Some(&outermost) = open.first()
            && starts_anew(&text[at..], &open)
        {
            found.push(report(text, outermost, at));
            open.clear();
        }
        match text.as_bytes()[at] {
            byte @ (b'[' | b'{') => open.push((byte, at)),
            b']' | b'}' => {
                open.pop();
            }
            b'#' => at += line(&text[at..]).len(),
            b'"' | b'\'' => {
                at += string(&text[at..]);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found.extend(open.first().map(|&outermost| report(text, outermost, text.len())));
    found
}

fn report(text: &str, (bracket, at): (u8, usize), end: usize) -> (Diagnostic, Range<usize>) {
    let (open, close) = if bracket == b'[' { ('[', ']') } else { ('{', '}') };
    let error = Diagnostic::error(format!("bad TOML: `{open}` is never closed"))
        .at(at..at + 1)
        .help(format!("add the `{close}` that belongs to it"));
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (error, start..end)
}

fn is_line_start(text: &str, at: usize) -> bool {
    at > 0 && text.as_bytes()[at - 1] == b'\n'
}

fn line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// Whether a line can't belong to the open brackets: it is a header, or a key within a list.
fn starts_anew(text: &str, open: &[(u8, usize)]) -> bool {
    let line = line(text).trim();
    let header = line.split('#').next().unwrap_or_default().trim();
    let inner = header.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let inner = inner.map(|inner| inner.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(inner));
    if inner.is_some_and(|name| is_bare(name) && name.starts_with(|first: char| first.is_ascii_alphabetic())) {
        return !matches!(inner, Some("true" | "false" | "inf" | "nan"));
    }
    let is_in_list = open.last().is_some_and(|&(bracket, _)| bracket == b'[');
    is_in_list && line.split_once('=').is_some_and(|(key, _)| is_bare(key.trim()))
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// The length of the string with which a text begins: up to its closing quote, or to the end of the line if there is none.
fn string(text: &str) -> usize {
    let quote = &text[..1];
    let long = quote.repeat(3);
    if let Some(body) = text.strip_prefix(&long) {
        return body.find(&long).map_or(text.len(), |end| end + 6);
    }
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return index,
            b'\\' if quote == "\"" => is_escaped = !is_escaped,
            _ if quote.as_bytes()[0] == byte && !is_escaped => return index + 1,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<usize> {
        unclosed(text).into_iter().filter_map(|(error, _)| error.span).map(|span| span.start).collect()
    }

    #[test]
    fn an_open_bracket_is_found_where_the_next_key_begins() {
        assert_eq!(places("a = [1, 2\nb = 3\n"), [4]);
        assert_eq!(places("a = [{ b = 1 }\n[[task]]\nc = [2\n"), [4, 28]);
        assert_eq!(places("a = { b = [\n"), [4]);
    }

    #[test]
    fn closed_brackets_strings_and_comments_are_no_mistake() {
        assert_eq!(places("a = [\n  1, # ]\n  \"]\\\"[\", '[',\n]\nb = {\n  c = 1,\n}\n"), Vec::<usize>::new());
        assert_eq!(places("a = [\n  [1],\n  [true]\n]\nb = \"\"\"\n[task]\n[\"\"\"\n"), Vec::<usize>::new());
    }
}
