//! A file with any rows and fields is drawn or is an error: never a panic, never NaN.

use std::path::Path;

use proptest::prelude::*;

use super::*;

/// The first lines of a file of a shipped run.
fn shipped(file: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference/blocking/latest");
    let text = fs::read_to_string(folder.join(file)).expect("a reference run has it");
    text.lines().take(150).map(str::to_owned).collect()
}

/// Possible content of a field.
fn odd_field() -> impl Strategy<Value = String> {
    let numbers = prop_oneof![Just(0.0), 0.0..1.0, 0.0..1e18, Just(1e18), Just(1e-300)];
    prop_oneof![
        numbers.prop_map(|number| number.to_string()),
        Just(String::new()),
        Just("done".to_owned()),
        Just("stalled".to_owned()),
        Just("18446744073709551615".to_owned()),
        "[a-z<&$\u{0}é-]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_rows_with_any_fields_are_drawn_or_refused(
        file in 0..4_usize,
        kept in prop::collection::vec(any::<bool>(), 150),
        changes in prop::collection::vec((1..150_usize, 0..40_usize, odd_field()), 0..4),
    ) {
        let file = ["summary.csv", "tasks.csv", "states.csv", "probe.csv"][file];
        let mut lines = shipped(file);
        for (line, field, text) in changes {
            let Some(line) = lines.get_mut(line) else { continue };
            let mut fields: Vec<&str> = line.split(',').collect();
            let place = field % fields.len();
            fields[place] = &text;
            *line = fields.join(",");
        }
        let kept: Vec<String> =
            lines.into_iter().zip(kept).enumerate().filter(|(at, (_, kept))| *at == 0 || *kept).map(|(_, (line, _))| line).collect();
        let files = Files::new().with(file, &(kept.join("\n") + "\n"));
        for kind in [None, Some(PlotKind::Bars), Some(PlotKind::Sweep), Some(PlotKind::Ecdf), Some(PlotKind::States), Some(PlotKind::Lag)] {
            match plots(&files.folder(), kind, None) {
                Err(error) => prop_assert!(!error.to_string().is_empty() && !error.remedy().is_empty()),
                Ok(found) => {
                    prop_assert!(!found.pictures.is_empty());
                    svgs(&found);
                    for picture in &found.pictures {
                        let lines = draw_plot(picture, PlotForm::Terminal { columns: 60 });
                        prop_assert!(lines.is_ok());
                    }
                }
            }
        }
    }
}
