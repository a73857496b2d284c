//! Tells the code which versions of the runtimes it is built with: the lock file knows.

use std::fs;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let lock = fs::read_to_string("Cargo.lock").unwrap_or_default();
    for (name, variable) in [
        ("smol", "TASKMIX_SMOL"),
        ("async-executor", "TASKMIX_ASYNC_EXECUTOR"),
        ("rayon", "TASKMIX_RAYON"),
        ("tokio", "TASKMIX_TOKIO"),
    ] {
        println!("cargo::rustc-env={variable}={}", version(&lock, name).unwrap_or("unknown"));
    }
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let text = text.as_deref().unwrap_or("unknown");
    println!("cargo::rustc-env=TASKMIX_RUSTC={text}");
    // `rustc 1.95.0 (59807616e 2026-04-14)`: its standard library has that version too.
    println!("cargo::rustc-env=TASKMIX_STD={}", text.split_whitespace().nth(1).unwrap_or("unknown"));
}

fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let package = lock.split("[[package]]").find(|package| package.contains(&format!("\nname = \"{name}\"\n")))?;
    package.split("version = \"").nth(1)?.split('"').next()
}
