#!/usr/bin/env bash
# The whole test suite as three runs of pytest side by side: most tests wait for processes, browsers and clocks, and one run alone leaves the
# cores idle. The first run is shown as it goes, the others when all have ended. Words that are given go to each: scripts/test.sh -x
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

runs=(
  "$(echo tests/integration/*.py) tests/faults"
  "$(echo tests/integration/*/ tests/acceptance)"
  "tests/unit tests/house tests/engines"
)

# Tests that are in no run would never run.
for file in $(find tests -name 'test_*.py'); do
  case " ${runs[*]} " in
    *" $file "* | *" $(echo "$file" | cut -d/ -f1-2) "* | *" $(echo "$file" | cut -d/ -f1-3)/ "*) ;;
    *) echo "$file: scripts/test.sh knows nothing of these tests" >&2; exit 2 ;;
  esac
done

logs=$(mktemp -d)
beside=()
trap 'kill "${beside[@]}" 2>/dev/null; rm -rf "$logs"' EXIT
for run in 1 2; do
  # shellcheck disable=SC2086 - the folders of a run are words of their own
  .venv/bin/python -m pytest --durations=10 -o cache_dir=".pytest_cache/$run" "$@" ${runs[$run]} >"$logs/$run" 2>&1 &
  beside+=($!)
done

# shellcheck disable=SC2086
.venv/bin/python -m pytest --durations=10 -o cache_dir=.pytest_cache/0 "$@" ${runs[0]}
status=$?
for run in 1 2; do
  wait "${beside[$((run - 1))]}" || status=1
  cat "$logs/$run"
done
exit $status
