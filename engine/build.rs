//! Tells the code which versions of the runtimes it is built with: the lock file has them.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let lock = lock_file().unwrap_or_default();
    for (name, variable) in [
        ("smol", "TASKMIX_SMOL"),
        ("async-executor", "TASKMIX_ASYNC_EXECUTOR"),
        ("rayon", "TASKMIX_RAYON"),
        ("tokio", "TASKMIX_TOKIO"),
    ] {
        println!("cargo::rustc-env={variable}={}", version(&lock, name).unwrap_or("unknown"));
    }
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // `rustc 1.95.0 (59807616e 2026-04-14)`: its standard library has that version too.
    println!("cargo::rustc-env=TASKMIX_STD={}", text.split_whitespace().nth(1).unwrap_or("unknown"));
}

/// The nearest lock file above the target folder, which is that of the program being built; else that above this crate.
fn lock_file() -> Option<String> {
    let folders = ["OUT_DIR", "CARGO_MANIFEST_DIR"].into_iter().filter_map(env::var_os).map(PathBuf::from);
    let locks = folders.flat_map(|folder| folder.ancestors().map(|above| above.join("Cargo.lock")).collect::<Vec<_>>());
    let lock = locks.into_iter().find(|lock| lock.is_file())?;
    println!("cargo::rerun-if-changed={}", lock.display());
    fs::read_to_string(lock).ok()
}

fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let package = lock.split("[[package]]").find(|package| package.contains(&format!("\nname = \"{name}\"\n")))?;
    package.split("version = \"").nth(1)?.split('"').next()
}
