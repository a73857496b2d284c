//! The page's own style and script, and the policy that allows these and nothing else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac_sha256::Hash;
use maud::{Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

const SCRIPT: &str = include_str!("sort.js");

/// The script of pages with a timeline. It is in a block, so that its names don't clash with the other script's.
const TIMELINE: &str = concat!(
    "\"use strict\";\n{\n",
    include_str!("timeline/data.js"),
    include_str!("timeline/draw.js"),
    include_str!("timeline/find.js"),
    include_str!("timeline/view.js"),
    "}\n"
);

pub(super) fn style() -> Markup {
    html! { style { (PreEscaped(STYLE)) } }
}

pub(super) fn script() -> Markup {
    html! { script { (PreEscaped(SCRIPT)) } }
}

pub(super) fn timeline_script() -> Markup {
    html! { script { (PreEscaped(TIMELINE)) } }
}

/// The content security policy: nothing is loaded from elsewhere, and only the styles and scripts with these hashes apply. A
/// picture may be in the page itself (`data:`), as the empty icon is.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}' '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT),
        source(TIMELINE)
    )
}

/// How a policy names an inline text: by its SHA-256. Source: W3C, Content Security Policy Level 3, §2.3.1.
fn source(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Hash::hash(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_named_by_its_published_hash() {
        // NIST's test vector "abc" (FIPS 180-2, B.1), in base64.
        assert_eq!(source("abc"), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn the_style_and_the_scripts_do_not_end_early_and_load_nothing() {
        for (text, end) in [(STYLE, "</style"), (SCRIPT, "</script"), (TIMELINE, "</script")] {
            assert!(!text.contains(end) && !text.contains("<!--"), "{end}");
        }
        for forbidden in ["url(", "@import", "http"] {
            assert!(!STYLE.contains(forbidden), "{forbidden}");
        }
        for forbidden in ["innerHTML", "eval(", "http", "fetch(", ".style"] {
            assert!(!SCRIPT.contains(forbidden) && !TIMELINE.contains(forbidden), "{forbidden}");
        }
    }
}
