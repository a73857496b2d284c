//! A headless Chromium, driven over the pipe of its `DevTools` protocol: a test opens a page, reads it, clicks and types as a
//! person would. Source: <https://chromedevtools.github.io/devtools-protocol/>.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The longest wait for an answer, on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: Receiver<Value>,
    last: u64,
    session: Option<String>,
    events: Vec<Value>,
    // Removed after the child has ended.
    _profile: TempDir,
}

impl Browser {
    /// A Chromium on the PATH, if there is one.
    pub(crate) fn find() -> Option<PathBuf> {
        let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
        let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
    }

    /// Starts it, with an empty page.
    pub(crate) fn start(program: &Path) -> Self {
        let profile = TempDir::new().expect("a temporary folder");
        let (its_input, to) = std::io::pipe().expect("a pipe");
        let (from, its_output) = std::io::pipe().expect("a pipe");
        let mut command = Command::new(program);
        let quiet = ["no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"];
        command.args(
            ["headless", "no-sandbox", "disable-gpu", "disable-quic"]
                .iter()
                .chain(&quiet)
                .map(|name| format!("--{name}")),
        );
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("--remote-debugging-pipe");
        command.arg("about:blank").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mapping = |parent_fd: OwnedFd, child_fd| FdMapping { parent_fd, child_fd };
        command
            .fd_mappings(vec![mapping(its_input.into(), 3), mapping(its_output.into(), 4)])
            .expect("two descriptors");
        let child = command.spawn().expect("the browser starts");
        // Otherwise this process keeps a writer of the pipe, and the pipe never ends.
        drop(command);
        let to = File::from(OwnedFd::from(to));
        let mut browser = Self {
            child,
            to,
            from: messages(File::from(OwnedFd::from(from))),
            last: 0,
            session: None,
            events: Vec::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Opens a file and waits until it has loaded. Earlier events are discarded.
    pub(crate) fn open(&mut self, file: &Path) {
        self.events.clear();
        let file = file.canonicalize().expect("the file is there");
        self.call("Page.navigate", &json!({ "url": format!("file://{}", file.display()) }));
        self.wait_for("Page.loadEventFired");
    }

    /// The value of a JavaScript expression.
    pub(crate) fn ask(&mut self, expression: &str) -> Value {
        let answer = self.call("Runtime.evaluate", &json!({ "expression": expression, "returnByValue": true }));
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Scrolls to the element that an expression names, and clicks its middle.
    pub(crate) fn click(&mut self, element: &str) {
        let place = self.ask(&format!(
            "(() => {{ const it = {element}; it.scrollIntoView({{ block: 'center', inline: 'center' }}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let button = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &button);
        }
    }

    /// Moves the mouse over the element that an expression names, to these shares of its width and height.
    pub(crate) fn point(&mut self, element: &str, (across, down): (f64, f64)) {
        let place = self.ask(&format!(
            "(() => {{ const it = {element}; it.scrollIntoView({{ block: 'center' }}); const box = it.getBoundingClientRect(); \
             return [box.x + box.width * {across}, box.y + box.height * {down}]; }})()"
        ));
        let moved = json!({ "type": "mouseMoved", "x": place[0], "y": place[1] });
        self.call("Input.dispatchMouseEvent", &moved);
    }

    /// Presses a key: `Tab`, `Enter`, ` `, `+`, `0`, `ArrowDown` or `ArrowRight`.
    pub(crate) fn press(&mut self, key: &str) {
        let (code, number, text) = match key {
            "Tab" => ("Tab", 9, ""),
            "Enter" => ("Enter", 13, "\r"),
            " " => ("Space", 32, " "),
            "+" => ("NumpadAdd", 107, "+"),
            "0" => ("Digit0", 48, "0"),
            "ArrowDown" => ("ArrowDown", 40, ""),
            "ArrowRight" => ("ArrowRight", 39, ""),
            other => panic!("no such key here: {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event =
                json!({ "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "text": text });
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Sets the width of the window, in CSS pixels, and the preferred colour scheme, `light` or `dark`.
    pub(crate) fn look(&mut self, width: u32, scheme: &str) {
        let size = json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", &features);
    }

    /// Shows the page as it is printed.
    pub(crate) fn print(&mut self) {
        self.call("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    }

    /// Everything that the page has reported since it was opened: console messages, exceptions, violations of its policy and
    /// dialogues. Also everything that it fetched from elsewhere.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // Events that were sent before this answer arrive before it.
        self.ask("0");
        let complaint = |event: &Value| {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.consoleAPICalled"
                | "Runtime.exceptionThrown"
                | "Log.entryAdded"
                | "Page.javascriptDialogOpening" => Some(params.to_string()),
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    let is_own = url.starts_with("file:///") || url.starts_with("data:");
                    (!is_own || params["type"] != "Document").then(|| format!("fetched {url}"))
                }
                _ => None,
            }
        };
        self.events.iter().filter_map(complaint).collect()
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let next = self.next(method);
            if next["id"] == json!(self.last) {
                assert!(next.get("error").is_none(), "{method}: {next}");
                return next["result"].clone();
            }
            self.events.push(next);
        }
    }

    fn wait_for(&mut self, event: &str) {
        while !self.events.iter().any(|next| next["method"] == event) {
            let next = self.next(event);
            self.events.push(next);
        }
    }

    fn next(&mut self, what_for: &str) -> Value {
        self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{what_for}: the browser is silent: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The messages of the browser: JSON texts, each with a zero byte after it.
fn messages(from: File) -> Receiver<Value> {
    let (send, receive) = channel();
    thread::spawn(move || {
        for text in BufReader::new(from).split(0) {
            let message = text.ok().and_then(|text| serde_json::from_slice(&text).ok());
            let Some(message) = message else { break };
            if send.send(message).is_err() {
                break;
            }
        }
    });
    receive
}
