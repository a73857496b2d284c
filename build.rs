//! Tells the code which compiler it is built with, and the tests what this machine lacks.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo::rustc-env=TASKMIX_RUSTC={}", text.as_deref().unwrap_or("unknown"));
    mark_what_tests_lack();
}

/// A test that can't run here is reported as ignored, with the reason; where `CI` is set nothing is, and it fails.
fn mark_what_tests_lack() {
    println!("cargo::rerun-if-env-changed=CI");
    let is_ci = env::var_os("CI").is_some();
    let browsers = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    for (name, is_lacking) in [
        ("no_chromium", !browsers.into_iter().any(is_there)),
        ("one_core", std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2)),
        ("no_mount", !succeeds("unshare", &["-rm", "sh", "-c", "mount -t tmpfs none /mnt"])),
        ("no_setpriv", !is_there("setpriv")),
    ] {
        println!("cargo::rustc-check-cfg=cfg({name})");
        if !is_ci && is_lacking {
            println!("cargo::rustc-cfg={name}");
        }
    }
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}
