#!/usr/bin/env bash
# Makes requirements.lock anew from pyproject.toml (all roles, tests) and requirements.in (what builds the project itself).
# Pins stay as they are where they still fit; `scripts/lock.sh --upgrade` raises them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.venv/bin/python -m pip install --disable-pip-version-check -q 'uv>=0.13'
UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --fork-strategy fewest --all-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
  "$@" pyproject.toml requirements.in -o requirements.lock
echo "requirements.lock: $(grep -c '==' requirements.lock) packages"
