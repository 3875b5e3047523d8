# Everything that people and CI run. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# What a caller may set, in the environment or on the command line.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 3000
BENTOML_HOME ?= $(CURDIR)/.bentoml
# What `make evaluate` measures: products from this file, at this address or (empty) with the pinned text model; and the
# pinned captioner on the photos of this folder (index.csv), where one is named. How much of the copy is recited is
# measured against this training text, a file or folder (evaluation/by_heart.py), where one is named.
PRODUCTS ?= evaluation/trades.jsonl
URL ?=
TRAINING_TEXT ?=
PHOTOS ?=
# What `make load` sends, and the commit that `make smoke` expects to answer.
LOAD_USERS ?= 8
LOAD_TIME ?= 60s
COMMIT ?=
# How long `make bench` measures each load, in seconds, how many rounds it makes, and other options of benchmarks, such as
# BENCH="--ways 'this service' 'the engine alone' --sizes 1 16 --loads".
BENCH_TIME ?= 30
BENCH_ROUNDS ?= 3
BENCH ?=
# The DVC remote that the checkpoints come from (empty: the repository's default); where one is named, they are fetched
# though they have been fetched before.
REMOTE ?=
# Options of scripts.containerize.
CONTAINERIZE ?=
# What `make deploy` brings to which Hugging Face Space, and other options of scripts.deploy_space.
SPACE ?=
IMAGE ?=
DEPLOY ?=
# What lint, types and the gates look at, and where the advisories come from: tests prove each gate on bad examples.
SOURCES ?= .
UNIT_TESTS ?= tests/unit
TREE ?= $(CURDIR)
LOCKS ?= requirements.txt requirements-tools.txt requirements-dev.txt requirements-gates.txt requirements-bench.txt
WORKFLOWS ?= .github/workflows
SHELL_SCRIPTS ?= $(wildcard .ci/*)
OSV_URL ?= https://api.osv.dev/v1/query
SAFETY_AUTH_SERVER_URL ?= https://auth.safetycli.com
# A folder with a database of Safety's; empty, its free one, which needs no account, is fetched.
SAFETY_DB ?=
# Optional: PyTorch's own package index, for wheels without CUDA
# (make serve PIP_TORCH_INDEX=https://download.pytorch.org/whl/cpu).
PIP_TORCH_INDEX ?=

VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
GATES_VENV := $(CURDIR)/.venv-gates
GATE := $(GATES_VENV)/bin
BENCH_VENV := $(CURDIR)/.venv-bench
# A file that records a finished step; the step runs again when what it depends on is newer.
RUNTIME := $(VENV)/runtime.installed
DEVELOPMENT := $(VENV)/development.installed
GATES := $(GATES_VENV)/gates.installed
OTHER_WAYS := $(BENCH_VENV)/bench.installed
MODELS := $(BENTOML_HOME)/models.imported
PIP := -m pip install --quiet --disable-pip-version-check
PIP_INSTALL := $(BIN)/python $(PIP) $(if $(PIP_TORCH_INDEX),--extra-index-url $(PIP_TORCH_INDEX))

# A gate whose advisories are out of reach has audited nothing, and says so: the tools themselves end with a traceback.
comma := ,
reach = curl --silent --show-error --fail --output /dev/null --max-time 30 $(2) $(1) \
	|| { echo "error: $(1) cannot be reached, so nothing was audited"; exit 1; }

export BENTOML_HOME
export BENTOML_DO_NOT_TRACK := true
export DVC_NO_ANALYTICS := true
export HF_HUB_OFFLINE := 1
export SAFETY_AUTH_SERVER_URL
# The shell reads these from its environment, so that none of what they hold is taken for a command.
export URL COMMIT SPACE IMAGE REMOTE TREE
export PYTHONPATH := $(CURDIR)

.PHONY: help serve models build container deploy train evaluate load bench smoke openapi test unit lint security bandit audit safety \
	secrets lint-workflows lock system-packages named-remote clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Set PORT ($(PORT)), HOST ($(HOST); 0.0.0.0 for other machines), BENTOML_HOME, PYTHON, PIP_TORCH_INDEX."

serve: $(MODELS) ## install, fetch and import the checkpoints, then serve on PORT
	@echo "Product Description Generator: http://$(HOST):$(PORT) (ready in some seconds; Ctrl-C stops it)"
	@exec $(BIN)/bentoml serve service:served --host $(HOST) --port $(PORT) \
		--timeout-graceful-shutdown 70

models: $(MODELS) ## fetch the checkpoints with DVC and import them into the model store

build: $(MODELS) ## build the Bento
	$(BIN)/python -m scripts.build

container: build ## pack the Bento into an image (CONTAINERIZE="--cuda --image NAME:TAG" and other options)
	$(BIN)/python -m scripts.containerize $(CONTAINERIZE)

deploy: $(RUNTIME) ## bring a pushed image (IMAGE=NAME@sha256:...) to a Space (SPACE=OWNER/NAME, URL if not the hub's), or DEPLOY="--to COMMIT"
	$(BIN)/python -m scripts.deploy_space "$$SPACE" $(if $(URL),--url "$$URL") $(if $(IMAGE),--image "$$IMAGE") $(DEPLOY)

train: $(DEVELOPMENT) ## train and measure the text starter (dvc.yaml, params.yaml); hours on two cores, a GPU is used where there is one
	$(BIN)/dvc repro

evaluate: $(DEVELOPMENT) $(MODELS) ## measure the copy (PRODUCTS=file, URL=a running service, TRAINING_TEXT=file) and captions (PHOTOS=folder)
	$(BIN)/python -m scripts.evaluate $(PRODUCTS) --out build/evaluation $(if $(URL),--url "$$URL") \
		$(if $(TRAINING_TEXT),--training-text "$(TRAINING_TEXT)")
	$(if $(PHOTOS),$(BIN)/python -m scripts.evaluate_photos $(PHOTOS) --out build/photo-evaluation)
	$(if $(PHOTOS),$(BIN)/python -m scripts.evaluate_pictures $(PHOTOS) --out build/picture-evaluation)

load: $(DEVELOPMENT) ## load on the service at URL (or HOST and PORT) for LOAD_TIME with LOAD_USERS
	$(BIN)/locust -f load_tests/locustfile.py --headless --host "$${URL:-http://$(HOST):$(PORT)}" \
		-u $(LOAD_USERS) -r $(LOAD_USERS) -t $(LOAD_TIME)

bench: $(DEVELOPMENT) $(OTHER_WAYS) ## how fast texts come, beside other ways (BENCH_ROUNDS, BENCH_TIME): docs/speed.md; more than an hour on a quiet machine
	$(BIN)/python -m benchmarks --rounds $(BENCH_ROUNDS) --seconds $(BENCH_TIME) $(BENCH)

smoke: $(DEVELOPMENT) ## does the service at URL (or HOST and PORT) answer as openapi.json says? (COMMIT=the one it must name)
	$(BIN)/python -m scripts.smoke "$${URL:-http://$(HOST):$(PORT)}" $(if $(COMMIT),--commit "$$COMMIT")

openapi: $(DEVELOPMENT) $(MODELS) ## write openapi.json anew
	$(BIN)/python -m scripts.write_openapi

# Where one of both processes is lost, pytest-xdist waits for ever for what it had, unless it may start no other.
test: system-packages lint unit $(GATES) ## all tests, as CI runs them; installs what they need
	$(BIN)/python -m pytest -q -m slow --numprocesses 2 --max-worker-restart 0

unit: $(DEVELOPMENT) ## unit tests only
	$(BIN)/python -m pytest -q -m "not slow" $(UNIT_TESTS)

lint: $(DEVELOPMENT) ## style, types, and the walls between the rooms
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	cd "$$TREE" && $(BIN)/lint-imports --no-cache --no-logo

security: bandit secrets audit safety ## code, committed secrets, and the locked packages against two advisory services

bandit: $(GATES)
	$(GATE)/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml $(SOURCES)

# Checkpoint files have hashes for names, and profiles.yaml pins commits of the hub: both look like keys.
secrets: $(GATES)
	@cd "$$TREE" && [ -n "$$(git ls-files | head -n 1)" ] \
		|| { echo "error: git lists no files in $$TREE, so nothing was scanned"; exit 1; }
	cd "$$TREE" && git ls-files -z | xargs -0 -n 100 -P 2 $(GATE)/detect-secrets-hook --no-verify \
		--exclude-files '^checkpoints/(files/|profiles\.yaml$$)'

audit: $(GATES)
	@$(call reach,$(OSV_URL),-d '{"package": {"name": "pip"$(comma) "ecosystem": "PyPI"}$(comma) "version": "1.0"}')
	@failed=; for lock in $(LOCKS); do echo "$$lock:"; $(GATE)/pip-audit --requirement $$lock --disable-pip --no-deps \
		--progress-spinner off --vulnerability-service osv --osv-url $(OSV_URL) || failed=yes; done; [ -z "$$failed" ]

# `safety scan` needs an account, its elder `check` does not.
safety: $(GATES)
	@$(call reach,$(SAFETY_AUTH_SERVER_URL)/.well-known/openid-configuration)
	$(GATE)/safety check --output text $(addprefix -r ,$(LOCKS)) $(if $(SAFETY_DB),--db $(SAFETY_DB))

lint-workflows: $(GATES) ## the workflows (pinning, permissions, injection, schema) and the shell scripts
	$(GATE)/check-jsonschema --builtin-schema vendor.github-workflows $(wildcard $(WORKFLOWS)/*.yml $(WORKFLOWS)/*.yaml)
	$(GATE)/zizmor --offline --quiet $(wildcard $(WORKFLOWS)/*.yml $(WORKFLOWS)/*.yaml)
	shellcheck $(SHELL_SCRIPTS)

# uv resolves all of them within seconds; pip-compile had not ended on the third after half an hour. Resolved with PyTorch's build for the CPU,
# which names no packages of CUDA's: from PIP_TORCH_INDEX, or from where UV_FIND_LINKS says.
lock: ## pin requirements*.in again (takes uv from the package index)
	$(PYTHON) -m venv build/lock
	build/lock/bin/python $(PIP) uv
	sed -n 's/^torch==.*/&+cpu/p' requirements.in > build/lock/torch.txt
	for name in requirements requirements-tools requirements-dev requirements-gates requirements-bench; do \
		build/lock/bin/uv pip compile --quiet --no-header --constraint build/lock/torch.txt \
		$(if $(PIP_TORCH_INDEX),--index $(PIP_TORCH_INDEX) --index-strategy unsafe-best-match) \
		$$name.in --output-file $$name.txt && sed -i -e 's/+cpu$$//' -e '/-c build\/lock\/torch.txt/d' $$name.txt || exit 1; done

# Those of system-packages.txt that are neither installed nor provided by what is: Docker's own package provides runc.
# Any Chromium on the path will do, since Ubuntu has no such package; and any Python that can make environments.
MISSING = { dpkg-query -W -f '$${db:Status-Abbrev} $${Package} $${Provides}\n' | grep ^ii | tr ' ,' '\n\n'; \
	for name in chromium chromium-browser google-chrome; do if command -v $$name > /dev/null; then echo chromium; fi; done; \
	if $(PYTHON) -c 'import ensurepip' 2> /dev/null; then echo python3-venv; fi; } | grep -vxFf - system-packages.txt

system-packages: ## install the Debian packages that tests need, where this user may
	@missing=$$($(MISSING)) || exit 0; \
	if [ "$$(id -u)" -eq 0 ]; then root=; elif sudo -n true 2> /dev/null; then root='sudo -n'; \
	else echo "Missing Debian packages:" $$missing; echo "Run once: sudo make system-packages"; exit 1; fi; \
	echo "Installing Debian packages:" $$missing; \
	$$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends $$missing

clean: ## remove the environment, the model store and all caches (not trainings in build/)
	rm -rf $(VENV) $(GATES_VENV) $(BENCH_VENV) .bentoml .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(RUNTIME): requirements.txt requirements-tools.txt | $(VENV)/bin/python
	@echo "Installing the locked dependencies (some minutes, once) ..."
	@$(PIP_INSTALL) -r requirements.txt -r requirements-tools.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

$(GATES): requirements-gates.txt
	@echo "Installing the gates' tools (a minute, once) ..."
	@$(PYTHON) -m venv $(GATES_VENV)
	@$(GATE)/python $(PIP) -r requirements-gates.txt
	@touch $@

# It sees what the service's own environment has, through a .pth file, and holds what the other ways need beside that.
$(OTHER_WAYS): requirements-bench.txt $(RUNTIME)
	@echo "Installing the other ways to serve (a minute, once) ..."
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$($(BENCH_VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/service.pth"
	@$(BENCH_VENV)/bin/python $(PIP) -r requirements-bench.txt
	@touch $@

$(MODELS): models.dvc $(RUNTIME) $(if $(REMOTE),named-remote)
	@echo "Fetching the checkpoints and importing them into $(BENTOML_HOME) ..."
	@mkdir -p $(BENTOML_HOME)
	@$(BIN)/python -m scripts.pull_models $(if $(REMOTE),--remote "$$REMOTE")
	@$(BIN)/python -m scripts.import_models
	@touch $@
