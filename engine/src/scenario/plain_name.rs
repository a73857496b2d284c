//! Plain names: the names of tasks, objects, parameters and engines.

/// Whether the text is `[a-z][a-z0-9_-]*`.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}
