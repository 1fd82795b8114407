#!/usr/bin/env bash
# The one set-up of DigiLab: what the system must bring, then .venv with the pinned packages.
# `make demo`, `make test` and `make up` all come through here; when nothing is missing it ends at once.
#   scripts/setup.sh [--for demo|up|test]     (default: test, which needs the most)
#   PYTHON=/path/to/python3.12                another interpreter than the first fitting one
#   PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels     closed network: packages from a folder (see docs/operators/closed-network.md)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose=test
while [ $# -gt 0 ]; do
  case "$1" in
    --for) purpose="${2:-}"; shift 2 || shift ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) echo "使い方 / usage: scripts/setup.sh [--for demo|up|test]" >&2; exit 2 ;;
  esac
done
case "$purpose" in
  demo | up | test) ;;
  *) echo "--for には demo, up, test のどれかを指定してください。 / --for takes demo, up or test." >&2; exit 2 ;;
esac

say() { printf '準備: %s\n' "$*"; }

stop() { # stop 日本語 English
  printf '\n準備を続けられません: %s\n  (%s)\n' "$1" "$2" >&2
  exit 1
}

# --- what the system must bring --------------------------------------------------------------------------------

fitting_python() { # the first interpreter that the pinned packages have wheels for
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

has_redis() { command -v redis-server >/dev/null; }
has_fonts() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ja family)" ]; }
has_postgresql() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_venv() { [ -x .venv/bin/pip ] || "$1" -c 'import ensurepip, venv' 2>/dev/null; }
has_chromium() {
  local name
  for name in chromium-headless-shell chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && return 0
  done
  return 1
}

missing_packages() { # Debian's names of what is not there yet, for this purpose
  has_redis || echo redis-server
  if [ "$purpose" = test ]; then
    has_chromium || echo chromium-headless-shell
    has_fonts || echo fontconfig fonts-noto-cjk
    has_postgresql || echo postgresql
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_install() {
  local attempt
  for attempt in 1 2 3; do
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >>"$log" 2>&1 &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >>"$log" 2>&1; then
      return 0
    fi
    [ "$attempt" = 3 ] || sleep $((attempt * 3))
  done
  return 1
}

bring_packages() {
  local command="apt-get update && apt-get install -y --no-install-recommends $*"
  [ "$(id -u)" = 0 ] || command="sudo sh -c '$command'"
  if ! command -v apt-get >/dev/null; then
    stop "次の部品をこの OS の方法で入れてから、もう一度実行してください(Debian での名前): $*" \
      "install these by your system's own means, then run again (Debian's names): $*"
  fi
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    stop "管理者の権限が要ります。次の命令を実行してから、もう一度実行してください: $command" \
      "administrator rights are needed: run the command above, then run this again"
  fi
  say "システムの部品を入れています: $*"
  if ! apt_install "$@"; then
    tail -n 15 "$log" >&2
    stop "部品を入れられませんでした。次の命令を手で試してください: $command(記録: $log)" \
      "apt-get failed: try the command above by hand; the log is $log"
  fi
}

# --- .venv -----------------------------------------------------------------------------------------------------

fingerprint() { # changes when pins, project, interpreter or the checkout's own path change
  { cat requirements.lock pyproject.toml scripts/setup.sh; pwd -P; .venv/bin/python -VV; } 2>/dev/null | sha256sum | cut -d' ' -f1
}

pip_install() { # pip_install WORDS… ; shows the end of the log when it fails
  local attempt
  for attempt in 1 2; do
    if .venv/bin/python -m pip install --disable-pip-version-check --no-input "$@" >>"$log" 2>&1; then return 0; fi
    echo "--- attempt $attempt failed" >>"$log"
  done
  tail -n 15 "$log" >&2
  stop "Python の部品を入れられませんでした(記録: $log)。ネットワークに出られない場合は docs/operators/closed-network.md をご覧ください。" \
    "pip failed; the log is $log. Without internet see docs/operators/closed-network.md"
}

mkdir -p .venv
log="$PWD/.venv/setup.log"
exec 9>.venv/setup.lock
flock 9 # two commands at once wait for one set-up
: >"$log"

python="$(fitting_python)" || stop \
  "合う Python(3.11 から 3.14)が見つかりません。入れるか、PYTHON=… で場所を示してください。" \
  "Python 3.11 to 3.14 is needed; install one or name it by PYTHON=…"

# shellcheck disable=SC2046 # the names are words without blanks
set -- $(missing_packages)
has_venv "$python" || set -- "$@" python3-venv
[ $# -eq 0 ] || bring_packages "$@"
for need in $(missing_packages); do
  stop "$need を入れましたが、まだ見つかりません(記録: $log)。" "$need was installed but is still not found; the log is $log"
done

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  say "仮想環境 .venv を作っています($("$python" -V))"
  "$python" -m venv .venv >>"$log" 2>&1 || { tail -n 15 "$log" >&2; stop "仮想環境を作れませんでした。" "python -m venv failed"; }
fi

stamp=.venv/setup.stamp
if [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint)" ]; then
  rm -f "$stamp"
  say "Python の部品を入れています(数分かかることがあります)"
  pip_install --require-hashes --no-deps -r requirements.lock
  pip_install --no-deps --no-build-isolation --no-index -e .
  fingerprint >"$stamp"
fi
say "できています"
