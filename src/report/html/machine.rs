//! The machine and the programs, as in `run.toml`.

use maud::{Markup, html};
use toml::{Table, Value};

use super::{PageContent, Part, scroll_box};
use taskmix_engine::units::{format_bytes, format_count, format_duration};

pub(super) fn part(told: &PageContent<'_>) -> Part {
    let facts = &told.run.facts;
    let tables = [
        ("host", "Host", &facts.host),
        ("host-after", "Host, after the run", &facts.host_after),
        ("versions", "Versions", &facts.versions),
        ("build", "Build", &facts.build),
        ("calibration-before", "Calibration before the first cell", &facts.calibration.before),
        ("calibration-after", "Calibration after the last cell", &facts.calibration.after),
    ];
    let body = html! {
        div class="columns" {
            @for (id, heading, table) in tables.into_iter().filter(|(_, _, table)| !table.is_empty()) {
                "\n" div {
                    "\n" h3 id=(id) { (heading) }
                    "\n" (scroll_box(id, &facts_of(heading, table)))
                }
            }
            "\n"
        }
    };
    Part { id: "machine", heading: "The machine and the programs", body }
}

fn facts_of(caption: &str, table: &Table) -> Markup {
    html! {
        table class="facts" {
            caption class="unseen" { (caption) }
            tbody {
                @for (key, value) in table {
                    @let (name, text) = fact(key, value);
                    "\n" tr { th scope="row" { (name) } td { (text) } }
                }
                "\n"
            }
        }
    }
}

/// A key and its value for people: the unit moves from the name to the value.
fn fact(key: &str, value: &Value) -> (String, String) {
    let words = |key: &str| key.replace('_', " ");
    let number =
        value.as_float().or_else(|| value.as_integer().map(|number| number as f64)).filter(|number| *number >= 0.0);
    let Some(number) = number.filter(|number| *number < 1e18) else { return (words(key), plain(value)) };
    let whole = || format_count(number.round() as u64);
    match key {
        _ if key.ends_with("_ns") => (words(key.trim_end_matches("_ns")), format_duration(number)),
        _ if key.ends_with("_bytes") => (words(key.trim_end_matches("_bytes")), format_bytes(number)),
        _ if number.fract() == 0.0 && number >= 1_000.0 => (words(key), whole()),
        _ => (words(key), plain(value)),
    }
}

/// A value as people write it: text without quotation marks.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_s_unit_moves_from_its_name_to_its_value() {
        for (key, value, name, text) in [
            ("memory_bytes", Value::from(25_274_793_984_i64), "memory", "23.5 GiB"),
            ("timer_slack_ns", Value::from(50_000_i64), "timer slack", "50.0 µs"),
            ("iterations_per_second", Value::from(799_055_829.0), "iterations per second", "799,055,829"),
            ("load_1min", Value::from(1.18), "load 1min", "1.18"),
            ("cores", Value::from(2_i64), "cores", "2"),
            ("cpu", Value::from("AMD <b>"), "cpu", "AMD <b>"),
            ("odd_bytes", Value::from("many"), "odd bytes", "many"),
            ("odd_ns", Value::from(-3_i64), "odd ns", "-3"),
            ("spread", Value::from(f64::NAN), "spread", "nan"),
        ] {
            assert_eq!(fact(key, &value), (name.to_owned(), text.to_owned()));
        }
    }
}
