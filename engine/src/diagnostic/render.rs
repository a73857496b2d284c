//! Mistakes drawn over the source, as rustc draws them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};

/// Draws `diagnostics` over the text `source` of the file `path`, separated by blank lines. The result ends with a newline
/// unless it is empty. `styled` asks for terminal colours.
pub fn render(diagnostics: &[Diagnostic], path: &str, source: &str, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let drawn: Vec<String> =
        diagnostics.iter().map(|diagnostic| renderer.render(&[group(diagnostic, path, source)]) + "\n").collect();
    drawn.join("\n")
}

fn group<'a>(diagnostic: &'a Diagnostic, path: &'a str, source: &'a str) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str());
    let mut group = match &diagnostic.span {
        Some(span) => title.element(snippet(diagnostic, span, path, source)),
        None => Group::with_title(title),
    };
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for help in &diagnostic.helps {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    span: &Range<usize>,
    path: &'a str,
    source: &'a str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let label = Some(diagnostic.label.as_str()).filter(|label| !label.is_empty());
    Snippet::source(source)
        .path(path)
        .annotation(AnnotationKind::Primary.span(within(source, span)).label(label))
        .annotations(diagnostic.annotations.iter().map(|annotation| {
            AnnotationKind::Context.span(within(source, &annotation.span)).label(annotation.label.as_str())
        }))
}

/// The span, cut to the source and to whole characters: the renderer panics on anything else.
fn within(source: &str, span: &Range<usize>) -> Range<usize> {
    let start = source.floor_char_boundary(span.start);
    let end = source.ceil_char_boundary(span.end.min(source.len()));
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOURCE: &str = "question = \"why?\"\nsteps = [{ cup = \"1ms\" }]\n";

    #[test]
    fn a_mistake_is_drawn_with_its_place_and_remedy() {
        let mistakes = [
            Diagnostic::error("unknown step `cup`").at(29..32).label("not a step").help("did you mean `cpu`?"),
            Diagnostic::warning("the file is odd").note("odd files run too"),
        ];
        snapbox::assert_data_eq!(
            render(&mistakes, "scenarios/io.toml", SOURCE, false),
            snapbox::str![[r#"
error: unknown step `cup`
 --> scenarios/io.toml:2:12
  |
2 | steps = [{ cup = "1ms" }]
  |            ^^^ not a step
  |
  = help: did you mean `cpu`?

warning: the file is odd
 |
 = note: odd files run too

"#]]
        );
    }

    #[test]
    fn colours_are_drawn_only_when_asked_for() {
        let mistakes = [Diagnostic::error("wrong").at(0..8)];
        assert!(!render(&mistakes, "a.toml", SOURCE, false).contains('\u{1b}'));
        assert!(render(&mistakes, "a.toml", SOURCE, true).contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn no_span_makes_the_renderer_panic(source in "(\\PC|[\n\t\r]){0,40}", start in 0_usize..60, length in 0_usize..60, other in 0_usize..60) {
            let mistake = Diagnostic::error("x").at(start..start + length).also(other..other + 3, "there").help("h");
            let _ = render(&[mistake], "p", &source, false);
        }
    }
}
