//! Rust sources as tokens, and the paths in them: enough to see which file imports from which.

use std::fs;
use std::path::Path;

/// A path of a source, from the root of its crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Modules, and perhaps an item in the last one.
    pub(crate) path: Vec<String>,
    /// Whether it is in a `pub use`: then it only re-exports an item.
    pub(crate) is_reexport: bool,
}

/// The sources below `src`, without tests: the path of each relative to it, and its text.
pub(crate) fn sources(src: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(src, src, &mut files);
    files.retain(|(name, _)| !name.split('/').any(|part| part.starts_with("test")));
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("it is below").to_str().expect("UTF-8").to_owned();
            files.push((name, fs::read_to_string(&path).expect("a readable file")));
        }
    }
}

/// The module path of a file's items, from the crate's root.
pub(crate) fn modules(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    parts.pop_if(|last| last == "mod" || last == "lib" || last == "main");
    parts
}

/// Every path of the file `name` that begins with `crate`, `self`, `super` or one of `children`, its modules.
pub(crate) fn paths(name: &str, text: &str, children: &[&str]) -> Vec<Named> {
    let tokens = without_tests(&tokens(text));
    let mut inline: Vec<(usize, String)> = Vec::new();
    let mut depth = 0_usize;
    let mut is_reexport = false;
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => {
                depth += 1;
                if at >= 2 && tokens[at - 2] == "mod" {
                    inline.push((depth, tokens[at - 1].clone()));
                }
            }
            "}" => {
                inline.pop_if(|(opened, _)| *opened == depth);
                depth = depth.saturating_sub(1);
            }
            "use" => is_reexport = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")"),
            ";" => is_reexport = false,
            _ => {}
        }
        let is_head = matches!(token.as_str(), "crate" | "super" | "self") || children.contains(&token.as_str());
        let goes_on = tokens.get(at + 1).is_some_and(|next| next == "::");
        let is_rest = at > 0 && matches!(tokens[at - 1].as_str(), "::" | "." | "in");
        if !is_head || !goes_on || is_rest {
            continue;
        }
        let mut leaves = Vec::new();
        tree(&tokens, at, &[], &mut leaves);
        let mut here = modules(name);
        here.extend(inline.iter().map(|(_, module)| module.clone()));
        found.extend(leaves.into_iter().map(|leaf| Named { path: absolute(&leaf, &here), is_reexport }));
    }
    found
}

/// A path from the crate's root, seen from the module `here`.
fn absolute(path: &[String], here: &[String]) -> Vec<String> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    match path[0].as_str() {
        "crate" => path[1..].to_vec(),
        "self" => [here, &path[1..]].concat(),
        "super" => [&here[..here.len().saturating_sub(supers)], &path[supers..]].concat(),
        _ => [here, path].concat(),
    }
}

/// The tokens without modules that are compiled for tests only.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        let is_test = rest.len() > 10 && rest.iter().zip(TEST).all(|(token, test)| token == test);
        if is_test && rest[7] == "mod" && rest[9] == "{" {
            at += 7 + block(&rest[7..]);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// How many tokens there are up to the end of the first block.
fn block(tokens: &[String]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return at + 1,
            "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Reads the path, or the tree of a `use`, that begins at token `at`. Returns the index after it.
fn tree(tokens: &[String], mut at: usize, prefix: &[String], leaves: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = tree(tokens, at, &path, leaves);
                    while tokens.get(at).is_some_and(|token| token != "," && token != "}") {
                        at += 1; // `as name`
                    }
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            Some("self") if !path.is_empty() => {}
            Some(part) if part == "*" || is_name(part) => path.push(part.to_owned()),
            _ => break,
        }
        at += 1;
        let goes_on = tokens.get(at).is_some_and(|token| token == "::")
            && tokens.get(at + 1).is_some_and(|token| token == "{" || token == "*" || is_name(token));
        if !goes_on {
            break;
        }
        at += 1;
    }
    leaves.push(path);
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens of Rust text, roughly: names and `::` whole, every other character by itself; no comments, no literals.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if let Some(length) = raw_string(rest) {
            length
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' {
            character(rest)
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else if is_name(rest) {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of a block comment, which may hold further comments.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of a raw string, if one begins here.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opened = text.len() - body.len() + hashes + 1;
    Some(text[opened..].find(&end).map_or(text.len(), |at| opened + at + end.len()))
}

/// The length of a literal between quotation marks.
fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character, or of the tick of a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) | (_, Some('\'')) => quoted(text, '\''),
        _ => 1,
    }
}
