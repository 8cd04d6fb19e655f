# Shared by the scripts of this folder; sourced, never run. The caller has set strict mode.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools="$repository/.tools"
nats_server_link="$tools/nats-server"

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# version_at_least 2.15.1 2.12 → true
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The version that a nats-server binary says of itself, or nothing when it can't be run.
nats_server_version() { "$1" --version 2>/dev/null | sed -n 's/^nats-server: v\([0-9][0-9.]*\).*/\1/p'; }

# step "title" command…: announces the step, runs it, tells how long it took. A failing step ends the script; the step
# is a plain command, not a condition, so that strict mode holds inside functions too.
step_count=0
step_title=
step() {
    step_title=$1
    step_started=$SECONDS
    shift
    say ""
    say "== $step_title"
    "$@"
    step_count=$((step_count + 1))
    say "== $step_title: passed in $((SECONDS - step_started)) s"
    step_title=
}

report_failed_step() {
    [ -z "$step_title" ] || say "== $step_title: FAILED after $((SECONDS - step_started)) s"
}
trap report_failed_step EXIT
