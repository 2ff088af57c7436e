# Everything runs in .venv, which is made from requirements.lock on first use.
# Assumed of the machine: make, and Python 3.11 or 3.12 with venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
FOLDERS := app configs dashboards engine operators streams
PROTOC := $(BIN)/python -m grpc_tools.protoc -I .links
# Only files with a service get a stub module; the others would be empty.
generate = $(PROTOC) --python_out="$(1)" --pyi_out="$(1)" .links/haechi/rpc/v1/*.proto; \
	$(PROTOC) --grpc_python_out="$(1)" .links/haechi/rpc/v1/*_service.proto
# import-linter knows regular packages only, and grpc/ may not be one: it gets a tree of its own.
lint_tree = rm -rf .links/lint; mkdir -p .links/lint/haechi/rpc; \
	for folder in $(FOLDERS); do ln -s ../../../$$folder .links/lint/haechi/$$folder; done; \
	ln -s ../../../../grpc/v1 .links/lint/haechi/rpc/v1; \
	for file in grpc/*.py; do [ ! -e "$$file" ] || ln -s ../../../../$$file .links/lint/haechi/rpc/; done; \
	touch .links/lint/haechi/__init__.py .links/lint/haechi/rpc/__init__.py
install_lock = $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --require-hashes -r $(1) || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 1 --require-hashes -r $(1)
BUF := npm_config_loglevel=error npx --yes @bufbuild/buf@1.75.0

.PHONY: help demo kafka test test-browser test-kafka check bench bench-gate proto proto-check buf-lint lock clean setup

help: ## list the targets
	@sed -n 's/^\([a-z][a-z%-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: .venv/.ready ## make .venv and .links

demo: .venv/.ready .venv/.vision ## run the simulated port; DECLARATIONS=FILE also feeds it, KEEP=1 stays up
	@$(BIN)/haechi demo $(if $(DECLARATIONS),--declarations "$(DECLARATIONS)") $(if $(KEEP),--keep)

kafka: .venv/.ready .venv/.kafka ## run a real Kafka on loopback until Ctrl-C
	@$(BIN)/haechi kafka run $(ARGS)

test: .venv/.ready .venv/.vision .venv/.kafka ## run the tests; ARGS="-k name" narrows them
	@$(BIN)/python -m pytest $(ARGS)

test-browser: .venv/.ready ## look at the live page in a real browser; SHOTS=DIR keeps pictures
	@HAECHI_NEED_BROWSER=1 $(if $(SHOTS),HAECHI_SCREENSHOTS="$(SHOTS)") \
		$(BIN)/python -m pytest tests/dashboards/web/test_web_browser.py $(ARGS)

test-kafka: .venv/.ready .venv/.kafka ## run the tests that need a real Kafka
	@HAECHI_NEED_KAFKA=1 $(BIN)/python -m pytest -m kafka $(ARGS)

check: .venv/.ready buf-lint proto-check ## formatting, lint, types, import direction, generated code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@$(lint_tree)
	PYTHONPATH=.links/lint $(BIN)/lint-imports --no-cache

bench: .venv/.ready .venv/.bench ## run all benchmarks, shortened; ARGS="NAME --option" runs one
	@$(BIN)/python -m benchmarks $(or $(ARGS),all)

bench-%: .venv/.ready .venv/.bench ## run one benchmark: bench-load, bench-rules; ARGS are its options
	@$(BIN)/python -m benchmarks $* $(ARGS)

bench-gate: .venv/.ready .venv/.bench ## run the gate's benchmarks, ratios last; ARGS=--no-full shortens
	@$(BIN)/python -m benchmarks all gate load overload scenarios --full --ratios $(ARGS)

proto: .venv/.ready ## regenerate grpc/v1/*_pb2*
	@$(call generate,.links)

# Generated beside the tree and compared, so that checking changes nothing.
proto-check: .venv/.ready
	@out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; \
	$(call generate,$$out); \
	for file in "$$out"/haechi/rpc/v1/*; do \
		cmp -s "$$file" "grpc/v1/$${file##*/}" || { echo "grpc/v1/$${file##*/} is stale: run 'make proto' and commit it"; exit 1; }; \
	done; \
	for file in grpc/v1/*_pb2*.py*; do \
		[ -e "$$out/haechi/rpc/v1/$${file##*/}" ] || { echo "$$file has no .proto: delete it"; exit 1; }; \
	done; echo "proto: generated code is current"

buf-lint: .venv/.ready
	@if command -v npx >/dev/null && $(BUF) --version >/dev/null 2>&1; then \
		$(BUF) lint && echo "buf: lint passed"; \
	else echo "buf: lint skipped (needs npx and the npm package @bufbuild/buf)"; fi

extra-%: .venv/.ready ## install an extra: extra-vision, extra-kafka, extra-bench
	$(call install_lock,requirements-$*.lock)

# Faces are an extra: where it cannot be had, the rest goes on without and says so.
.venv/.vision: requirements-vision.lock streams/vision/weights.py | .venv/.ready
	@if said=$$({ $(call install_lock,requirements-vision.lock); } 2>&1 && \
		$(BIN)/haechi face-models install --photos 2>&1); then touch $@; \
	else echo "faces are left out: $$(grep -m1 -i error <<< "$$said" || head -1 <<< "$$said")"; fi

# So is Kafka: its client libraries, and a real broker for the tests.
.venv/.kafka: requirements-kafka.lock streams/kafka/jars.sha256 | .venv/.ready
	@if said=$$({ $(call install_lock,requirements-kafka.lock); } 2>&1 && \
		$(BIN)/haechi kafka install 2>&1); then touch $@; \
	else echo "Kafka is left out: $$(grep -m1 -i error <<< "$$said" || head -1 <<< "$$said")"; fi

# And the rivals that benchmarks measure against, with what draws and keeps results.
.venv/.bench: requirements-bench.lock | .venv/.ready
	@if said=$$({ $(call install_lock,requirements-bench.lock); } 2>&1); then touch $@; \
	else echo "rivals and plots are left out: $$(grep -m1 -i error <<< "$$said" || head -1 <<< "$$said")"; fi

# One resolution of everything constrains each lock, so that extras never disagree.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --system-certs --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: ## resolve pyproject.toml anew into the lock files
	@[ -x $(BIN)/uv ] || { echo "no $(BIN)/uv: run 'make setup' first"; exit 1; }
	@all=$$(mktemp); trap 'rm -f "$$all"' EXIT; \
	$(COMPILE) --all-extras --upgrade -o "$$all"; \
	$(COMPILE) --generate-hashes -c "$$all" --extra dev -o requirements.lock; \
	for extra in vision kafka bench; do \
		$(COMPILE) --generate-hashes -c "$$all" --extra $$extra -o requirements-$$extra.lock; \
	done

# uv installs in seconds what takes pip most of a minute; pip stands in where uv
# cannot reach the packages (it does not read pip's configuration).
.venv/.locked: requirements.lock
	@python=""; for candidate in $(PYTHON) python3.12 python3.11 python3 python; do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' >/dev/null 2>&1; \
		then python=$$candidate; break; fi; done; \
	[ -n "$$python" ] || { echo "Haechi needs Python 3.11 or 3.12 with venv (Debian: apt-get install python3-venv), or name one: make PYTHON=/path/to/python3.12"; exit 1; }; \
	echo "setting up .venv with $$("$$python" --version)"; \
	"$$python" -m venv --clear .venv; \
	sed -n '/^uv==/,/^[a-z]/{/^uv==/p;/^ /p;}' requirements.lock > .venv/uv.lock; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock; \
	$(BIN)/uv pip install -qq --system-certs --python $(BIN)/python --require-hashes -r requirements.lock || { \
		echo "uv could not reach the packages; pip takes over (about a minute)"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; }; \
	touch $@

# The links give type checkers and protoc a tree with the import names.
.venv/.ready: .venv/.locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@mkdir -p .links/haechi; ln -sfn ../../grpc .links/haechi/rpc; \
	for folder in $(FOLDERS); do ln -sfn ../../$$folder .links/haechi/$$folder; done
	@touch $@

clean: ## remove what can be made again (data in var/ stays)
	rm -rf .venv .links build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
