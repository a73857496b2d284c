//! For any text the parser reports the mistakes in order, and never panics.

use proptest::prelude::*;

use super::super::parse;
use super::{WHOLE, minimal};
use crate::diagnostic::{Diagnostic, render};

/// Parses the text and renders its mistakes: neither may panic.
fn exercise(text: &str) -> Result<(), TestCaseError> {
    if let Err(diagnostics) = parse("any", text) {
        prop_assert!(diagnostics.iter().any(Diagnostic::is_error));
        let starts: Vec<usize> =
            diagnostics.iter().map(|diagnostic| diagnostic.span.as_ref().map_or(0, |span| span.start)).collect();
        prop_assert!(starts.is_sorted());
        prop_assert!(!render(&diagnostics, "any.toml", text, false).is_empty());
    }
    Ok(())
}

fn words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "[[task]]\n",
        "[matrix]\n",
        "[[expect]]\n",
        "name = ",
        "steps = ",
        "cpu",
        "loop",
        "offload",
        "hold",
        "\"$hold\"",
        "\"5ms\"",
        "\"",
        "[",
        "]",
        "{",
        "}",
        ",",
        " = ",
        "\n",
        "nan",
        "-1",
        "99999999999999999999",
        "0.5",
        "true",
        "é",
        "#",
        "\"\"\"",
        "'",
        "\\",
        "count = ",
        "that = \"rayon.done >= ",
        "workers",
        "\r\n",
        "\0",
    ])
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(\\PC|[\n\r\t\"\\[\\]{}=$.]){0,80}") {
        exercise(&text)?;
    }

    #[test]
    fn no_sequence_of_words_makes_the_parser_panic(words in prop::collection::vec(words(), 0..40)) {
        exercise(&words.concat())?;
    }

    #[test]
    fn no_damage_to_a_scenario_makes_the_parser_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, words()), 1..4),
    ) {
        let mut text = WHOLE.to_owned();
        for (at, length, word) in cuts {
            let start = text.floor_char_boundary(at.index(text.len()));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, word);
        }
        exercise(&text)?;
    }

    #[test]
    fn no_expectation_makes_the_parser_panic(
        that in "(rayon|a|done|latency_p99|[0-9.]{1,4}|ms|%|[-+*/()<>=!\\[\\],.]|workers=| |\\PC){0,24}",
    ) {
        let that = that.replace(['"', '\\'], "");
        exercise(&format!("{}[[expect]]\nclaim = \"c\"\nthat = \"{that}\"\n", minimal("[]")))?;
    }
}
