//! Each example of `docs/steps.md` runs on two engines: on one, waiting instances leave their thread; on the other each
//! instance has its own.

use std::fs;
use std::path::Path;

use crate::support::Lab;

/// The blocks of TOML, each with the heading above it.
fn examples() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/steps.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let (mut examples, mut heading, mut block) = (Vec::new(), String::new(), None::<String>);
    for line in page.lines() {
        match &mut block {
            Some(text) if line == "```" => {
                examples.push((heading.clone(), std::mem::take(text)));
                block = None;
            }
            Some(text) => text.extend([line, "\n"]),
            None if line == "```toml" => block = Some(String::new()),
            None if line.starts_with('#') => line.clone_into(&mut heading),
            None => {}
        }
    }
    examples
}

#[test]
fn every_step_has_an_example_and_every_example_runs() {
    let examples = examples();
    let alone = ["cpu", "sleep", "block", "yield", "loop", "offload"];
    for verb in alone.into_iter().chain(["send", "recv", "drain", "lock", "permit", "barrier", "spawn", "ipc"]) {
        let own = examples.iter().filter(|(heading, _)| *heading == format!("### `{verb}`"));
        assert_eq!(own.filter(|(_, text)| text.contains(&format!("{verb} = "))).count(), 1, "{verb}");
    }
    for (heading, text) in examples {
        let top = "question = \"?\"\nengines = [\"async-executor\", \"threads\"]\nworkers = 2\nrepeats = 1\n";
        let run = Lab::new().run(&format!("{top}{text}"), &["--quiet"]);
        assert_eq!(run.code, Some(0), "{heading}: {}", run.stderr);
        for engine in ["async-executor", "threads"] {
            let mix = run.sample(engine, "*");
            assert_eq!(mix.whole("done"), mix.whole("released"), "{heading}: {mix:?}");
        }
        let names = text.matches("as = ").count() * 2;
        assert_eq!(run.rows("steps.csv").len(), names, "{heading}: a row for each name and engine");
    }
}
