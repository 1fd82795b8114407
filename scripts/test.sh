#!/usr/bin/env bash
# The whole test suite, as runs of pytest beside each other: most tests wait for processes, browsers and clocks, and one run alone leaves the
# cores idle. Each is shown whole when it has ended. Words that are given go to each: scripts/test.sh -x
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The longest first, so that little is left for one run alone at the end.
runs=(
  "tests/integration/commands tests/integration/glossary tests/integration/jobs tests/integration/targets \
tests/integration/timetable tests/integration/web tests/integration/workers"
  "tests/engines tests/house"
  "tests/integration/test_*.py"
  "tests/faults"
  "tests/acceptance"
  "tests/unit"
)
together=$(($(nproc) + 1))

# Tests that are in no run would never run.
for file in $(find tests -name 'test_*.py'); do
  found=0
  for word in ${runs[*]}; do
    [[ $file == "$word" || $file == "$word"/* ]] && found=$((found + 1))
  done
  [ "$found" = 1 ] || { echo "$file: scripts/test.sh has it in $found runs" >&2; exit 2; }
done

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap stop INT TERM HUP
set -m # each run is a process group of its own: what ends this script reaches it by `stop`, once, and its tests put away what they began

begin() {
  echo "$(date +%T) begins: ${runs[$1]}"
  # shellcheck disable=SC2086 - the folders of a run are words of their own
  .venv/bin/python -m pytest --durations=10 -o cache_dir=".pytest_cache/$1" "${@:2}" ${runs[$1]} </dev/null >"$logs/$1" 2>&1
  echo "$?" >"$logs/$1.status"
}

show() {
  local number
  for number in "${!runs[@]}"; do
    [ -e "$logs/$number.status" ] || continue
    echo "$(date +%T) has ended: ${runs[$number]}"
    cat "$logs/$number"
    [ "$(<"$logs/$number.status")" = 0 ] && good=$((good + 1))
    rm "$logs/$number.status"
  done
}

stop() {
  trap '' INT TERM HUP
  # A shell that is itself in the background cannot have its runs interrupted: those are ended.
  for signal in INT TERM KILL; do
    for run in $(jobs -rp); do kill "-$signal" -- "-$run" 2>/dev/null; done
    for _ in {1..300}; do
      [ -n "$(jobs -rp)" ] || break 2
      sleep 0.1
    done
  done
  show
  exit 130
}

good=0
for number in "${!runs[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$together" ]; do wait -n; show; done
  begin "$number" "$@" &
done
while [ -n "$(jobs -rp)" ]; do wait -n; show; done
show
[ "$good" = "${#runs[@]}" ]
