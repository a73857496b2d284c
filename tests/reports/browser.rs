//! The pages of the shipped scenarios in a real browser: it reports no error, it fetches nothing, tables sort by mouse and by
//! keyboard, and text from untrusted files stays text.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Lab;
use crate::support::browser::Browser;
use serde_json::{Value, json};

fn browser() -> Browser {
    Browser::start(&Browser::find().expect("there is a Chromium on the PATH"))
}

/// The page of each shipped scenario's reference run.
fn pages(lab: &Lab) -> Vec<PathBuf> {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    let runs = fs::read_dir(reference).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<PathBuf> =
        runs.filter(|path| path.is_dir()).map(|path| page(lab, &path.join("latest"))).collect();
    pages.sort();
    assert!(pages.len() >= 7, "{pages:?}");
    pages
}

fn page(lab: &Lab, run: &Path) -> PathBuf {
    let name = run.parent().and_then(Path::file_name).expect("a scenario").to_string_lossy().into_owned();
    let page = lab.path().join(format!("{name}.html"));
    let output = lab.output(&["report", run.to_str().expect("UTF-8"), "--out", page.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    page
}

/// The sort values of a column of the first table, in the present order of its rows: `null` where a cell has none.
const VALUES: &str = "(column => [...document.querySelector('table.sortable').tBodies[0].rows]\
    .map(row => row.cells[column].dataset.value ?? null).map(value => value === null ? null : Number(value)))";

/// The text of each row, as its identity.
const ROWS: &str = "[...document.querySelector('table.sortable').tBodies[0].rows].map(row => row.textContent)";

fn button(column: usize) -> String {
    format!("document.querySelectorAll('table.sortable')[0].tHead.rows[0].cells[{column}].firstElementChild")
}

fn sort_of(browser: &mut Browser, column: usize) -> Value {
    browser.ask(&format!("{}.parentNode.getAttribute('aria-sort')", button(column)))
}

/// Whether the numbers are in order and the rows without a number follow them.
fn is_sorted(values: &Value, ascending: bool) -> bool {
    let values: Vec<Option<f64>> = values.as_array().expect("a list").iter().map(Value::as_f64).collect();
    let numbers: Vec<f64> = values.iter().map_while(|value| *value).collect();
    let is_in_order = |pair: &[f64]| if ascending { pair[0] <= pair[1] } else { pair[0] >= pair[1] };
    numbers.windows(2).all(is_in_order) && values[numbers.len()..].iter().all(Option::is_none)
}

/// The first table of the page sorts by mouse, then by keyboard.
fn is_sorted_by_both(browser: &mut Browser, name: &str) {
    let (makespan, as_it_was) = (2, browser.ask(ROWS));
    let head = browser.ask(&format!("{}.textContent", button(makespan)));
    assert_eq!(head, json!("makespan"), "{name}");
    // By mouse: ascending, then descending, then in the original order.
    for (sort, ascending) in [(json!("ascending"), Some(true)), (json!("descending"), Some(false)), (Value::Null, None)]
    {
        browser.click(&button(makespan));
        assert_eq!(sort_of(browser, makespan), sort, "{name}");
        match ascending {
            Some(ascending) => {
                let values = browser.ask(&format!("{VALUES}({makespan})"));
                assert!(is_sorted(&values, ascending), "{name}, {sort}: {values}");
                assert_ne!(browser.ask(ROWS), as_it_was, "{name}: the rows have moved");
            }
            None => assert_eq!(browser.ask(ROWS), as_it_was, "{name}"),
        }
    }
    // By keyboard, from the column head that was clicked to the next one.
    browser.press("Tab");
    browser.press("Enter");
    let next = makespan + 1;
    assert_eq!(sort_of(browser, next), json!("ascending"), "{name}");
    let values = browser.ask(&format!("{VALUES}({next})"));
    assert!(is_sorted(&values, true), "{name}: {values}");
    browser.press(" ");
    let values = browser.ask(&format!("{VALUES}({next})"));
    assert!(is_sorted(&values, false), "{name}: {values}");
    assert_eq!(sort_of(browser, makespan), Value::Null, "{name}: one column at a time");
    assert_ne!(browser.ask("getComputedStyle(document.activeElement).outlineStyle"), json!("none"), "{name}");
    let status = browser.ask("document.querySelector('[role=status]').textContent");
    assert!(status.as_str().is_some_and(|status| status.ends_with(", descending")), "{name}: {status}");
}

#[test]
#[cfg_attr(no_chromium, ignore = "there is no Chromium on the PATH")]
fn the_page_of_each_shipped_scenario_opens_without_an_error_and_sorts_by_mouse_and_by_keyboard() {
    let mut browser = browser();
    let lab = Lab::new();
    browser.look(1280, "light");
    for (number, page) in pages(&lab).iter().enumerate() {
        let name = page.display().to_string();
        browser.open(page);
        // All pages have the same script.
        if number < 3 {
            is_sorted_by_both(&mut browser, &name);
        }
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{name}");
    }
}

#[test]
#[cfg_attr(no_chromium, ignore = "there is no Chromium on the PATH")]
fn text_columns_sort_too_and_numbers_in_them_count_as_numbers() {
    let mut browser = browser();
    let lab = Lab::new();
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference/workers-scaling/latest");
    browser.open(&page(&lab, &run));
    browser.click(&button(0));
    let names = browser
        .ask("[...document.querySelector('table.sortable').tBodies[0].rows].map(row => row.cells[0].textContent)");
    let names: Vec<&str> = names.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let mut sorted = names.clone();
    // The worker counts here have one digit, so the order of text is that of numbers.
    sorted.sort_unstable();
    assert!(names.len() > 6 && names == sorted, "{names:?}");
}

/// The contrast of an element's text with what is behind it, by the formula of WCAG 2.2.
const CONTRAST: &str = "(element => {
    const rgb = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
    let behind = element;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const [one, other] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(rgb).map(light);
    return (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
})";

#[test]
#[cfg_attr(no_chromium, ignore = "there is no Chromium on the PATH")]
fn a_page_fits_a_phone_and_has_enough_contrast_in_both_colour_schemes() {
    let mut browser = browser();
    let lab = Lab::new();
    let pages = pages(&lab);
    browser.look(390, "light");
    for page in &pages {
        browser.open(page);
        let width = browser.ask("document.documentElement.scrollWidth");
        let name = page.display();
        assert!(width.as_u64().is_some_and(|width| width <= 390), "{name}: tables scroll in their boxes: {width}");
    }
    // All pages have the same colours.
    for scheme in ["light", "dark"] {
        browser.look(390, scheme);
        for page in &pages[..2] {
            let name = page.display();
            browser.open(page);
            for what in [
                "body",
                "h1",
                ".run",
                "a",
                ".badge.good",
                "code",
                "td",
                ".interval",
                ".legend",
                "caption",
                "thead th",
                "footer",
            ] {
                let contrast = browser.ask(&format!("{CONTRAST}(document.querySelector({what:?}))"));
                assert!(
                    contrast.as_f64().is_some_and(|contrast| contrast >= 4.5),
                    "{name}, {scheme}, {what}: {contrast}"
                );
            }
            let ground = browser.ask("getComputedStyle(document.body).backgroundColor");
            assert_eq!(ground == json!("rgb(255, 255, 255)"), scheme == "light", "{name}: {ground}");
        }
    }
}

#[test]
#[cfg_attr(no_chromium, ignore = "there is no Chromium on the PATH")]
fn hostile_text_in_the_files_of_a_run_is_not_executed_in_a_browser() {
    const HOSTILE: &str = r#"</script></style></title><img src=x onerror="hacked=1"><svg onload='hacked=1'>"#;
    let mut browser = browser();
    let lab = Lab::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference/block-share/latest");
    let run = lab.path().join("bad/2026-11-23T08-00-00Z");
    fs::create_dir_all(&run).expect("a folder");
    let facts = fs::read_to_string(from.join("run.toml")).expect("run.toml");
    let mut facts: toml::Table = facts.parse().expect("TOML");
    facts["host"]["name"] = HOSTILE.into();
    facts["run_id"] = HOSTILE.into();
    facts["scenario"]["name"] = HOSTILE.into();
    let text = facts["scenario"]["text"]
        .as_str()
        .expect("a text")
        .replace("one blocker is", "]]>\\\"'><svg onload=hacked=1> is");
    facts["scenario"]["text"] = text
        .replace(
            "How much",
            &toml::Value::from(HOSTILE).as_str().map_or_else(String::new, |text| text.replace('"', "\\\"")),
        )
        .into();
    fs::write(run.join("run.toml"), toml::to_string(&facts).expect("TOML")).expect("a file");
    let samples = fs::read_to_string(from.join("samples.csv")).expect("samples.csv");
    let quoted = format!("\"{}\"", HOSTILE.replace('"', "\"\""));
    let samples = samples.replace(",blocker,", &format!(",{quoted},")).replacen(",ok,", &format!(",{quoted},"), 1);
    fs::write(run.join("samples.csv"), samples).expect("a file");
    browser.open(&page(&lab, &run));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(
        browser.ask("document.querySelectorAll('img, svg, script:not(body > script), body style').length"),
        json!(0)
    );
    assert_eq!(browser.ask("typeof hacked"), json!("undefined"));
    let shown = browser.ask(&format!("document.body.textContent.split({}).length - 1", json!(HOSTILE)));
    assert!(shown.as_u64().is_some_and(|shown| shown >= 10), "it is shown as it is: {shown}");
    assert_eq!(browser.ask("document.querySelector('h1').textContent.startsWith('</script>')"), json!(true));
    // The second line of defence: if markup got into the page, the policy would still block its scripts and styles.
    let plant = "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"hacked=1\"><p style=\"color: red\">x</p>'); \
                 document.body.append(Object.assign(document.createElement('script'), { textContent: 'hacked = 2' }));";
    browser.ask(&format!("{{ {plant} }}"));
    assert_eq!(browser.ask("typeof hacked"), json!("undefined"));
    assert!(
        browser.complaints().iter().any(|complaint| complaint.contains("Content Security Policy")),
        "it is refused"
    );
}

/// The files of a run whose loop is blocked while four visitors arrive. A task has a name that no scenario could give it.
fn recorded(lab: &Lab) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference/blocking/latest");
    let run = lab.path().join("blocking/2026-11-23T08-00-00Z");
    fs::create_dir_all(&run).expect("a folder");
    for name in ["run.toml", "samples.csv"] {
        fs::copy(from.join(name), run.join(name)).expect("a file");
    }
    let head = "scenario,param_hold_ns,engine,workers,repeat,task,instance";
    let mut tasks = vec![format!("{head},state,scheduled_ns,started_ns,finished_ns,busy_ns,max_poll_ns\n")];
    let mut spans = vec![format!("{head},worker,start_ns,end_ns,kind\n")];
    for engine in ["smol-local", "rayon"] {
        let key = format!("blocking,20000000,{engine},1,1");
        tasks.push(format!("{key},offender,0,done,0,10000,20010000,20000000,20000000\n"));
        spans.push(format!("{key},offender,0,0,10000,20010000,block\n"));
        for visitor in 0..4_u64 {
            let (scheduled, start) = (5_000_000 * visitor, 20_010_000 + 1_000_000 * visitor);
            let (end, visitor) = (start + 900_000, format!("{key},<img src=x onerror=hacked=1>,{visitor}"));
            tasks.push(format!("{visitor},done,{scheduled},{start},{end},900000,900000\n"));
            spans.push(format!("{visitor},0,{start},{end},run\n"));
        }
    }
    fs::write(run.join("tasks.csv"), tasks.concat()).expect("a file");
    fs::write(run.join("spans.csv"), spans.concat()).expect("a file");
    run
}

#[test]
#[cfg_attr(no_chromium, ignore = "there is no Chromium on the PATH")]
fn a_timeline_is_zoomed_and_read_by_mouse_and_by_keyboard() {
    const LABELS: &str = "[...document.querySelectorAll('.axis text')].map(text => text.textContent)";
    const DETAILS: &str = "document.querySelector('.told').textContent";
    const CANVAS: &str = "document.querySelectorAll('.stage canvas')[0]";
    let mut browser = browser();
    let lab = Lab::new();
    let page = page(&lab, &recorded(&lab));
    browser.look(1280, "light");
    browser.open(&page);
    let whole = browser.ask(LABELS);
    assert_eq!(whole[0], json!("0 ms"), "{whole}");
    assert_eq!(
        browser.ask("document.querySelector('.still').checkVisibility()"),
        json!(false),
        "only the canvas shows"
    );
    // Each engine has its canvas, and none is empty.
    let drawn = "[...document.querySelectorAll('.stage canvas')].map(it => \
        new Set(it.getContext('2d').getImageData(0, 0, it.width, it.height).data).size > 9)";
    browser.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
    assert_eq!(browser.ask(drawn), json!([true, true]));
    // By mouse: the blocked thread, in the first lane.
    browser.point(CANVAS, (0.4, 0.03));
    let details = browser.ask(DETAILS);
    assert_eq!(
        details,
        json!(
            "smol-local, offender 0: done; released 0 ns, started 10 µs, ended 20.01 ms, wait 10 µs, service 20 ms, \
             latency 20.01 ms, busy 20 ms, longest poll 20 ms"
        )
    );
    browser.click("document.querySelector('[data-do=in]')");
    let closer = browser.ask(LABELS);
    assert_ne!(closer, whole);
    browser.click("document.querySelector('[data-do=whole]')");
    assert_eq!(browser.ask(LABELS), whole);
    // By keyboard: zoom in, move later, reset; then from the instance under the mouse to the next one.
    browser.ask(&format!("{CANVAS}.focus()"));
    browser.press("+");
    assert_eq!(browser.ask(LABELS), closer);
    browser.press("ArrowRight");
    assert_ne!(browser.ask(LABELS), closer);
    browser.press("0");
    assert_eq!(browser.ask(LABELS), whole);
    browser.press("ArrowDown");
    let details = browser.ask(DETAILS);
    let details = details.as_str().expect("a text");
    assert!(
        details.starts_with("smol-local, <img src=x onerror=hacked=1> 0: done; released 0 ns, started 20.01 ms"),
        "{details}"
    );
    assert_eq!(browser.ask("typeof hacked"), json!("undefined"));
    // The page fits a phone, and prints the picture instead of the canvas.
    browser.look(390, "dark");
    let width = browser.ask("document.documentElement.scrollWidth");
    assert!(width.as_u64().is_some_and(|width| width <= 390), "{width}");
    browser.print();
    let shown = "['.still', '.stage'].map(name => document.querySelector(name).checkVisibility())";
    assert_eq!(browser.ask(shown), json!([true, false]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
