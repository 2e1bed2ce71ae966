# The front door. `make build` needs gcc, python3 with venv, and apt (as root) or what it then says to install.
VENV    := .venv
PY      := $(VENV)/bin/python
BUILD   := build
STAMP   := $(VENV)/.stamp
PACKAGE := $(VENV)/.package
TORCH   ?= 2.13.0
SOURCES := $(shell git ls-files include src cli python meson.build meson.options pyproject.toml 2>/dev/null)

.PHONY: build demo test test-c test-python test-full test-matrix lint docs bench clean fuzz test-asan test-tsan
build: $(PACKAGE)

$(STAMP): scripts/setup.sh
	TORCH=$(TORCH) scripts/setup.sh $(VENV)
	touch $@

$(BUILD)/build.ninja: meson.build meson.options | $(STAMP)
	PATH=$(CURDIR)/$(VENV)/bin:$$PATH $(VENV)/bin/meson setup $(BUILD) $(if $(wildcard $(BUILD)/build.ninja),--reconfigure) >$(BUILD).log 2>&1 || (cat $(BUILD).log; false)

# The C library and command line in build/, and the package in the virtual environment.
$(PACKAGE): $(BUILD)/build.ninja $(SOURCES)
	$(VENV)/bin/ninja -C $(BUILD)
	PATH=$(CURDIR)/$(VENV)/bin:$$PATH $(VENV)/bin/pip install -q --no-build-isolation --no-deps --force-reinstall -Cbuild-dir=$(BUILD)/wheel .
	touch $@

demo: build
	$(PY) examples/python/demo.py

test: test-c test-python

test-c: build
	PYTHON=$(CURDIR)/$(PY) $(VENV)/bin/meson test -C $(BUILD) --print-errorlogs

# Programs of the operator tests are built for engine tensorrt too, with no GPU; the table is summed up at the end.
test-python: build
	rm -f $(BUILD)/tensorrt.jsonl
	$(PY) -m pytest tests/python/test_ops.py --tensorrt-table $(BUILD)/tensorrt.jsonl
	$(PY) scripts/tensorrt_table.py $(BUILD)/tensorrt.jsonl
	$(PY) -m pytest tests/python --ignore tests/python/test_ops.py

test-full: build
	PYTHON=$(CURDIR)/$(PY) $(VENV)/bin/meson test -C $(BUILD) --print-errorlogs
	$(PY) scripts/test_full.py

# The Python tests on older and newer PyTorch, and on each Python, in environments made for it. ROWS="--only 2.10" chooses.
test-matrix: $(STAMP)
	$(PY) scripts/test_matrix.py $(ROWS)

lint: $(STAMP)
	scripts/lint.sh $(VENV)

# The pages that are made: docs/settings.md and docs/reference.
docs: build
	TORCHTRTC=$(BUILD)/torchtrtc $(PY) scripts/gen_settings.py
	$(PY) scripts/api_reference.py

# Beside the peers, whose environments it makes below build/bench-env. `make bench BENCH=--quick` takes minutes.
bench: build
	TORCHTRTC=$(BUILD)/torchtrtc $(PY) bench/python/bench_programs.py $(BENCH)

# The C tests under sanitizers; SUITES="base program" chooses some.
test-asan test-tsan: $(STAMP)
	PATH=$(CURDIR)/$(VENV)/bin:$$PATH scripts/test_sanitized.sh $(BUILD)/$(@:test-%=%) $(if $(filter %-tsan,$@),thread,address,undefined) $(SUITES)

# Each fuzzer for a minute, or SECONDS; FUZZERS="zip run" chooses some. Installs clang where it is missing.
SECONDS ?= 60
fuzz: $(STAMP)
	PATH=$(CURDIR)/$(VENV)/bin:$$PATH scripts/fuzz.sh $(BUILD)/libfuzzer $(SECONDS) $(FUZZERS)

clean:
	rm -rf $(BUILD) $(BUILD).log $(PACKAGE)
