# Every target makes the environment it needs; PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
SOURCES := $(shell find rust python -name '*.rs' -o -name '*.toml' -o -name '*.py' -o -name '*.pyi' -o -name '*.j2' -o -name '*.npz' 2>/dev/null)

TARGET := $(or $(CARGO_TARGET_DIR),target)
C_OUT  := $(TARGET)/c
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
SONAME := libkneepose.so.$(shell echo $(VERSION) | cut -d. -f1,2)

.PHONY: form demo test bench speed lint golden accuracy reps asymmetry docs thresholds c header clean

demo: .venv-demo/.ready        ## a knee report from the shipped recordings
	.venv-demo/bin/kneepose demo --out report.html

.venv-demo/.ready: pyproject.toml Cargo.lock $(SOURCES)
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python -m pip install --quiet --disable-pip-version-check ".[report]"
	touch $@

$(STAMP): pyproject.toml Cargo.lock $(SOURCES)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet "maturin>=1.9.4,<2" --group test --group lint
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --extras report
	touch $@

test: $(STAMP) lint            ## everything that CI runs
	cargo test --workspace --locked --quiet
	$(BIN)/python -m pytest

lint: $(STAMP)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest kneepose._core

bench: $(STAMP)                ## speed against a Python loop and vectorised NumPy, as ratios
	$(BIN)/python -m pytest benches --ignore=benches/test_speed_table.py --benchmark-only --benchmark-sort=name --benchmark-columns=min,median,rounds

# The contenders; Numba only where it has a release for the NumPy at hand, which stays as it is.
$(VENV)/.bench-ready: $(STAMP)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m pip list --format=freeze | grep -i '^numpy==' > $(VENV)/numpy.txt
	$(BIN)/python -m pip install --quiet --constraint $(VENV)/numpy.txt --group numba || echo "no Numba here: its row will say so"
	touch $@

speed: $(VENV)/.bench-ready    ## the speed table: every target, every contender, docs/evidence/speed.md
	$(BIN)/python -m pytest benches/test_speed_table.py --benchmark-sort=name --benchmark-columns=min,median,rounds --speed-page=docs/evidence/speed.md

golden: $(STAMP)               ## regenerate the golden vectors from their formulas
	$(BIN)/python -m tests.golden.make_golden

accuracy: $(STAMP)             ## regenerate docs/evidence/accuracy.md from all recordings with known truth
	$(BIN)/python -m tools.pages.accuracy

reps: $(STAMP)                 ## regenerate docs/evidence/repetitions.md: how well repetitions are found
	$(BIN)/python -m tools.pages.repetitions

docs: $(STAMP)                 ## regenerate docs/reference/angles.md and its figures from the tables
	$(BIN)/python -m tools.pages.angles

thresholds: $(STAMP)           ## regenerate docs/reference/thresholds.md from the constants of the core
	$(BIN)/python -m tools.pages.thresholds

form: $(STAMP)                 ## regenerate docs/evidence/form.md from all recordings with planted faults
	$(BIN)/python -m tools.pages.form

asymmetry: $(STAMP)            ## regenerate docs/evidence/asymmetry.md: how often a comparison of two legs is right
	$(BIN)/python -m tools.pages.asymmetry

c:                             ## libkneepose.a, libkneepose.so, kneepose.h and kneepose.pc in target/c
	cargo build --release --locked --quiet -p kneepose-capi
	mkdir -p $(C_OUT)
	cp $(TARGET)/release/libkneepose.a rust/kneepose-capi/include/kneepose.h $(C_OUT)/
	cp $(TARGET)/release/libkneepose.so $(C_OUT)/$(SONAME)
	ln -sf $(SONAME) $(C_OUT)/libkneepose.so
	sed 's/@VERSION@/$(VERSION)/' rust/kneepose-capi/kneepose.pc.in > $(C_OUT)/kneepose.pc

header:                        ## regenerate kneepose.h from the crate
	KNEEPOSE_WRITE_HEADER=1 cargo test --locked --quiet -p kneepose-capi --test header

clean:
	rm -rf $(VENV) .venv-demo target
