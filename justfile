# Short names for plain commands: `just` lists them.

# List the recipes
default:
    @{{quote(just_executable())}} --list --unsorted

# Run a scenario for real: `just scenario blocking --repeats 1 --no-expect`
scenario NAME *ARGS:
    cargo run --release -- run {{NAME}} {{ARGS}}

# Report every problem of every shipped scenario; nothing is run
check:
    cargo run --release -- check scenarios/*.toml

# List the scenarios with the question that each asks
list:
    cargo run --release -- list

# Show the cells of a scenario and what they will need; nothing is run
plan NAME *ARGS:
    cargo run --release -- plan {{NAME}} {{ARGS}}

# Compare two runs figure by figure: `just compare latest~1 latest`
compare OLD NEW *ARGS:
    cargo run --release -- compare {{OLD}} {{NEW}} {{ARGS}}

# Write the page of a run again, from its files: `just report blocking`
report RUN *ARGS:
    cargo run --release -- report {{RUN}} {{ARGS}}

# Draw pictures of a run: `just plot blocking --kind lag --format term`
plot RUN *ARGS:
    cargo run --release -- plot {{RUN}} {{ARGS}}

# Record which instance is on which thread in a run, and write it for ui.perfetto.dev: `just trace blocking --repeats 1 --no-expect`
trace NAME *ARGS:
    cargo run --release -- run {{NAME}} --trace {{ARGS}}
    cargo run --release -- trace {{NAME}}

# Write docs/gallery.md: the shipped scenarios with pictures of their reference runs
gallery:
    docs/plots/gallery.sh

# Describe the engines: what is native, emulated or unsupported
engines:
    cargo run --release -- engines

# Run all tests
test *ARGS:
    cargo test {{ARGS}}

# Lint as the gate does
lint:
    cargo clippy --all-targets -- -D warnings

# Measure the overhead of measuring, on a quiet machine
bench *ARGS:
    cargo bench --bench overhead {{ARGS}}

# Compare the engines with plain programs, and write docs/fidelity.md: on a quiet machine
fidelity *ARGS:
    cargo bench --bench fidelity -- --write docs/fidelity.md {{ARGS}}

# Measure the cost of reporting a cell of 10,000,000 instances: needs 1.2 GB on the disk meanwhile
bench-report *ARGS:
    cargo bench --bench report {{ARGS}}

# Run every shipped scenario into results/reference/: on a quiet machine; remove the older runs there before a commit
reference:
    cargo run --release -- run scenarios/*.toml --out results/reference --tasks never --retry-disturbed 3
