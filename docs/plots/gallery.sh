#!/bin/sh
# Writes docs/gallery.md: every shipped scenario with its question and pictures of its reference run, which go to
# docs/plots/gallery/. Nothing is measured. Usage: docs/plots/gallery.sh [TASKMIX], by default one that is built here.
set -eu

[ $# -eq 0 ] || taskmix=$(realpath "$1")
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { cargo build --release; taskmix=target/release/taskmix; }
pictures=docs/plots/gallery
page=docs/gallery.md
drawn=$(mktemp -d)
trap 'rm -rf "$drawn"' EXIT

rm -rf "$pictures"
mkdir -p "$pictures"
{
    echo '# Gallery'
    echo
    echo 'The shipped scenarios, each with pictures of its run in [`results/reference/`](../results/reference). How to read them: [plots.md](plots.md). Made by `just gallery`.'
} >"$page"

for scenario in scenarios/*.toml; do
    name=$(basename "$scenario" .toml)
    run=results/reference/$name/latest
    [ -d "$run" ] || { echo "note: there is no $run" >&2; continue; }
    question=$(sed -n 's/^question *= *"\(.*\)"$/\1/p' "$scenario")
    "$taskmix" plot "$run" --out "$drawn/$name" >/dev/null
    printf '\n## %s\n\n%s [`%s`](../%s), [figures](../%s/summary.csv)\n' \
        "$name" "$question" "$scenario" "$scenario" "results/reference/$name/$(readlink "$run")" >>"$page"
    # The figure that most claims are about, swept if it is; how the engine answered; and who did what, if that is known.
    for kind in 'sweep-*-latency-p99' latency-p99 lag timeline; do
        for file in "$drawn/$name"/$kind.svg; do
            [ -f "$file" ] || continue
            picture=$name-$(basename "$file")
            cp "$file" "$pictures/$picture"
            title=$(sed -n 's:^ *<title>\(.*\)</title>$:\1:p' "$file")
            printf '\n![%s](plots/gallery/%s)\n' "$title" "$picture" >>"$page"
        done
    done
done
echo "$page"
