#!/usr/bin/env bash
# Makes the locks anew, each from what the project asks for and what builds it (requirements.in):
#   requirements.lock         .venv: pyproject.toml with all extras
#   requirements-paddle.lock  .venv-paddle: pyproject.toml without extras, and requirements-paddle.in
# Pins stay as they are where they still fit; `scripts/lock.sh --upgrade` raises them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.venv/bin/python -m pip install --disable-pip-version-check -q 'uv>=0.13'

compile() { # compile LOCK WORDS…
  UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
    --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links "${@:2}" -o "$1"
  echo "$1: $(grep -c '==' "$1") packages"
}

compile requirements.lock --all-extras "$@" pyproject.toml requirements.in
compile requirements-paddle.lock "$@" pyproject.toml requirements.in requirements-paddle.in
