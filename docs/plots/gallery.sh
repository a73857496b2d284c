#!/bin/sh
# Writes docs/gallery.md, a page of every shipped scenario with its question and pictures of its reference run, and the pictures
# into docs/plots/gallery/. It measures nothing. Usage: docs/plots/gallery.sh [TASKMIX]; without an argument it builds taskmix.
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
    echo 'For users who want to see results before a run of their own: each shipped scenario with pictures of its run in [`results/reference/`](../results/reference). [plots.md](plots.md) explains the pictures. `just gallery` writes this page.'
} >"$page"

for scenario in scenarios/*.toml; do
    name=$(basename "$scenario" .toml)
    run=results/reference/$name/latest
    [ -d "$run" ] || { echo "note: there is no $run" >&2; continue; }
    question=$(sed -n 's/^question *= *"\(.*\)"$/\1/p' "$scenario")
    "$taskmix" plot "$run" --out "$drawn/$name" >/dev/null
    printf '\n## %s\n\n%s [`%s`](../%s), [figures](../%s/summary.csv)\n' \
        "$name" "$question" "$scenario" "$scenario" "results/reference/$name/$(readlink "$run")" >>"$page"
    # In this order, as far as the run has them: p99 latency over a parameter, p99 latency, lag over time, the timeline.
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
