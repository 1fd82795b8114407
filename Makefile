# Every command that needs something installed comes through scripts/setup.sh, which ends at once when all is there.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: build/支出命令40件.xlsx help setup setup-demo setup-up setup-test setup-bench demo up test lint types bench faults pages lock clean

help: ## この一覧 (this list)
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F '\t' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: setup-test ## 準備だけをする (everything the other commands need)

setup-demo setup-up setup-test setup-bench: setup-%:
	@scripts/setup.sh --for $*

# Ten minutes of made speech, joined from the samples; as a phone would record it.
build/定例会議.m4a: tools/make_meeting.py samples/speech/truth.json | setup-demo
	@mkdir -p build
	@.venv/bin/python tools/make_meeting.py $@ --minutes 10

# Forty payment orders, three of them wrong on purpose; made anew each time, because their days must lie in an open month.
build/支出命令40件.xlsx: setup-demo
	@mkdir -p build
	@.venv/bin/python tools/make_rows.py $@ --rows 40 --wrong

demo: setup-demo build/定例会議.m4a build/支出命令40件.xlsx ## 録音・紙帳票・一覧表を一度通して見せる (minutes, values and receipt numbers come out)
	@.venv/bin/digilab demo build/定例会議.m4a --speakers models/demo-speakers --forms samples/forms/依頼書12枚.pdf --rows build/支出命令40件.xlsx

up: setup-up ## サーバーを動かしたままにする (start and stay up; Ctrl+C stops)
	@.venv/bin/digilab up --spare-model models/demo

test: lint types ## 検査をすべて行う (lint, types, import rules and the whole test suite)
	scripts/test.sh

lint: setup-test ## 書き方と import の決まり (ruff, import-linter)
	.venv/bin/ruff check .
	.venv/bin/lint-imports

types: setup-test ## 型の検査 (mypy --strict)
	.venv/bin/mypy

faults: setup-test ## 障害の試験を省かずに (the fault tests in full: 1,000 kills of robots, real minutes)
	DIGILAB_FAULTS=full DIGILAB_KILLS_PER_STEP=200 .venv/bin/python -m pytest tests/faults tests/engines/test_no_speech.py tests/unit/transcribe/test_bad_audio.py

bench: setup-bench ## 速さの計測。結果は build/bench/ (each benchmark, with its bounds)
	@mkdir -p build/bench; failed=; \
	for file in benchmarks/[a-z]*.py; do \
	  name=$$(basename $$file .py); echo "== $$name"; \
	  .venv/bin/python $$file --json build/bench/$$name.json || failed="$$failed $$name"; \
	done; \
	if [ -n "$$failed" ]; then echo "基準に届かなかった計測 (bounds not met):$$failed"; exit 1; fi

pages: setup-test ## docs のうちコードから作るページ (pages of docs/ that are made from the code)
	@mkdir -p build
	@.venv/bin/python scripts/error_page.py > build/page && cp build/page docs/reference/errors.md
	@.venv/bin/python scripts/command_page.py > build/page && cp build/page docs/reference/command-line.md
	@.venv/bin/python scripts/form_schema.py > build/page && cp build/page form_definitions/form.schema.json

lock: setup-test ## requirements*.lock を作り直す (pin everything anew, with hashes)
	@scripts/lock.sh

clean: ## 作業の跡を消す。仮想環境と .data は残す (caches and build output)
	rm -rf build dist .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +
