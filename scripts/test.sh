#!/usr/bin/env bash
# The whole test suite as two runs of pytest side by side: most tests wait for processes, browsers and clocks, and one run alone leaves a
# core idle. The first run is shown as it goes, the second one when both have ended. Words that are given go to both: scripts/test.sh -x
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

first="tests/integration tests/acceptance"
second="tests/unit tests/house tests/engines tests/faults"

# Tests in a folder of neither run would never run.
for folder in $(find tests -name 'test_*.py' -printf '%h\n' | cut -d/ -f1-2 | sort -u); do
  case " $first $second " in
    *" $folder "*) ;;
    *) echo "$folder: scripts/test.sh knows nothing of these tests" >&2; exit 2 ;;
  esac
done

log=$(mktemp)
# shellcheck disable=SC2086 - the folders of a run are words of their own
.venv/bin/python -m pytest --durations=10 -o cache_dir=.pytest_cache/second "$@" $second >"$log" 2>&1 &
beside=$!
trap 'kill $beside 2>/dev/null; rm -f "$log"' EXIT

# shellcheck disable=SC2086
.venv/bin/python -m pytest --durations=10 -o cache_dir=.pytest_cache/first "$@" $first
status=$?
wait $beside
other=$?
cat "$log"
[ $status = 0 ] && [ $other = 0 ]
