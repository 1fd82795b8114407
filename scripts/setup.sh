#!/usr/bin/env bash
# The one set-up of DigiLab: what the system must bring, then .venv with the pinned packages; for tests and for reading forms
# with paddleocr also .venv-paddle with its own (docs/decisions/0008-paddle-has-its-own-environment.md).
# `make demo`, `make test` and `make up` all come through here; when nothing is missing it ends at once.
#   scripts/setup.sh [--for demo|up|paddle|test|bench]  (default: test; bench adds what it measures against)
#   PYTHON=/path/to/python3.12                    another interpreter than the first fitting one
#   PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels         closed network: packages from a folder (see docs/operators/closed-network.md)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose=test
while [ $# -gt 0 ]; do
  case "$1" in
    --for) purpose="${2:-}"; shift 2 || shift ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) echo "使い方 / usage: scripts/setup.sh [--for demo|up|paddle|test|bench]" >&2; exit 2 ;;
  esac
done
case "$purpose" in
  demo | up | paddle | test | bench) ;;
  *) echo "--for には demo, up, paddle, test, bench のどれかを指定してください。 / --for takes demo, up, paddle, test or bench." >&2; exit 2 ;;
esac

say() { printf '準備: %s\n' "$*"; }

stop() { # stop 日本語 English
  printf '\n準備を続けられません: %s\n  (%s)\n' "$1" "$2" >&2
  exit 1
}

# --- what the system must bring --------------------------------------------------------------------------------

fitting_python() { # fitting_python END ; the first interpreter below 3.END that the pinned packages have wheels for
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, '"$1"'))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

has_redis() { command -v redis-server >/dev/null; }
has_family() { command -v fc-list >/dev/null && [ -n "$(fc-list "$1" family)" ]; }
has_japanese() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ja family)" ]; } # else pictures of screens show boxes
has_postgresql() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
works() { "$1/bin/python" -m pip --version >/dev/null 2>&1; } # works FOLDER
has_venv() { works "$1" || "$2" -c 'import ensurepip, venv' 2>/dev/null; } # has_venv FOLDER PYTHON
has_chromium() {
  local name
  for name in chromium-headless-shell chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && return 0
  done
  return 1
}

missing_fonts() { # what made forms are printed and filled in with (tools/forms/fonts.py)
  local package family
  command -v fc-list >/dev/null || echo fontconfig
  while read -r package family; do
    has_family "$family" || echo "$package"
  done <<'END'
fonts-noto-cjk Noto Sans CJK JP
fonts-morisawa-bizud-gothic BIZ UDGothic
fonts-ipaexfont-mincho IPAexMincho
fonts-klee Klee One
fonts-kiloji kiloji
fonts-seto SetoFont
fonts-yusei-magic Yusei Magic
END
}

missing_packages() { # Debian's names of what is not there yet, for this purpose
  has_redis || echo redis-server
  if [ "$purpose" = demo ] || [ "$purpose" = up ]; then
    has_chromium || echo chromium-headless-shell
    command -v fc-list >/dev/null || echo fontconfig # tells which fonts there are; neither browser nor fonts bring it
    has_japanese || echo fonts-noto-cjk
  fi
  if [ "$purpose" = test ] || [ "$purpose" = bench ]; then
    has_chromium || echo chromium-headless-shell
    missing_fonts
    has_postgresql || echo postgresql
  fi
  [ "$purpose" != bench ] || command -v tesseract >/dev/null || echo tesseract-ocr tesseract-ocr-jpn
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

# --- .venv and .venv-paddle ------------------------------------------------------------------------------------

fingerprint() { # fingerprint FOLDER LOCK ; changes when pins, project, interpreter or the checkout's own path change
  { cat "$2" pyproject.toml scripts/setup.sh; pwd -P; "$1/bin/python" -VV; } 2>/dev/null | sha256sum | cut -d' ' -f1
}

pip_install() { # pip_install FOLDER WORDS… ; shows the end of the log when it fails
  local attempt
  for attempt in 1 2; do
    if "$1/bin/python" -m pip install --disable-pip-version-check --no-input "${@:2}" >>"$log" 2>&1; then return 0; fi
    echo "--- attempt $attempt failed" >>"$log"
  done
  tail -n 15 "$log" >&2
  stop "Python の部品を入れられませんでした(記録: $log)。ネットワークに出られない場合は docs/operators/closed-network.md をご覧ください。" \
    "pip failed; the log is $log. Without internet see docs/operators/closed-network.md"
}

bring_environment() { # bring_environment FOLDER LOCK PYTHON
  if ! works "$1"; then
    say "仮想環境 $1 を作っています($("$3" -V))"
    # Left by an interpreter that is gone, or by a run that was broken off: venv would keep the links that lead nowhere.
    rm -rf "$1"/{bin,include,lib,lib64,pyvenv.cfg}
    "$3" -m venv "$1" >>"$log" 2>&1 || { tail -n 15 "$log" >&2; stop "仮想環境 $1 を作れませんでした。" "python -m venv failed"; }
  fi
  local stamp="$1/setup.stamp"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint "$1" "$2")" ]; then
    rm -f "$stamp"
    say "$1 に Python の部品を入れています(数分かかることがあります)"
    pip_install "$1" --require-hashes --no-deps -r "$2"
    pip_install "$1" --no-deps --no-build-isolation --no-index -e .
    fingerprint "$1" "$2" >"$stamp"
  fi
}

needs_paddle() { [ "$purpose" = paddle ] || [ "$purpose" = test ] || [ "$purpose" = bench ]; }

mkdir -p .venv
log="$PWD/.venv/setup.log"
exec 9>.venv/setup.lock
flock 9 # two commands at once wait for one set-up
: >"$log"

python="$(fitting_python 15)" || stop \
  "合う Python(3.11 から 3.14)が見つかりません。入れるか、PYTHON=… で場所を示してください。" \
  "Python 3.11 to 3.14 is needed; install one or name it by PYTHON=…"
if needs_paddle; then
  python_for_paddle="$(fitting_python 14)" || stop \
    "PaddleOCR の部品に合う Python(3.11 から 3.13)が見つかりません。入れるか、PYTHON=… で場所を示してください。" \
    "paddlepaddle needs Python 3.11 to 3.13; install one or name it by PYTHON=…"
fi

# shellcheck disable=SC2046 # the names are words without blanks
set -- $(missing_packages)
if ! has_venv .venv "$python" || { needs_paddle && ! has_venv .venv-paddle "$python_for_paddle"; }; then
  set -- "$@" python3-venv
fi
[ $# -eq 0 ] || bring_packages "$@"
for need in $(missing_packages); do
  stop "$need を入れましたが、まだ見つかりません(記録: $log)。" "$need was installed but is still not found; the log is $log"
done

bring_environment .venv requirements.lock "$python"
if needs_paddle; then
  bring_environment .venv-paddle requirements-paddle.lock "$python_for_paddle"
fi
say "できています"
