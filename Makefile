# Fourstroke: the doors for people at a terminal. `make run` and `make test` need only Python ≥ 3.11 and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
VAR ?= $(CURDIR)/var
ARGS ?=
WORKERS ?= auto
export VAR

.PHONY: help run pdf test check format test-services test-browser test-faults test-spark screenshots bench lock clean

help: ## what can be made
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# The environment: made once, made again when the pinned versions change.
$(VENV)/.base: requirements/base.txt
	@$(PYTHON) -c 'import sys; sys.exit("Fourstroke needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the libraries into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@echo "Installing the tools for tests into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

run: $(VENV)/.base ## serve the demo portfolio with its worker and clock (PORT=8123 VAR=/some/folder)
	@$(BIN)/python manage.py build_assets
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@$(BIN)/python manage.py demo
	@exec $(BIN)/python manage.py up --port $(PORT)

pdf: requirements/pdf.txt $(VENV)/.base ## what makes PDFs of pages (needs Pango: docs/how-to/run-in-production.md); then make run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/pdf.txt
	@$(BIN)/python -c 'import weasyprint' && echo "Pages can be downloaded as PDF, from the next make run on."

test: $(VENV)/.dev ## the test suite, on the embedded defaults (ARGS="-k review")
	@env -u DATABASE_URL -u CELERY_BROKER_URL -u VAR $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(VENV)/.dev ## lint, format, types, walls, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy config features hypotheses lifecycle
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(BIN)/djlint --check --lint templates
	env -u VAR DJANGO_SETTINGS_MODULE=config.settings_test $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.dev ## put code and templates in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

BENCH_POSTGRESQL ?= postgresql://root@127.0.0.1
POSTGRES ?= postgres://root@127.0.0.1:5432/fourstroke
REDIS ?= redis://127.0.0.1:6379/13
RABBITMQ ?= amqp://guest:guest@127.0.0.1:5672/fourstroke_test

test-services: $(VENV)/.dev ## the same suite on PostgreSQL, with RabbitMQ and with Redis, and the floor under its coverage
	@.ci/vhost add fourstroke_test
	env -u VAR DATABASE_URL=$(POSTGRES) CELERY_BROKER_URL=$(RABBITMQ) $(BIN)/python -m pytest -n $(WORKERS) $(if $(ARGS),$(ARGS),--cov)
	env -u VAR DATABASE_URL=$(POSTGRES) CELERY_BROKER_URL=$(REDIS) $(BIN)/python -m pytest -m broker $(ARGS)
	@.ci/vhost delete fourstroke_test

test-browser: $(VENV)/.dev ## real Chromium (Debian's package chromium)
	@env -u DATABASE_URL -u CELERY_BROKER_URL -u VAR FOURSTROKE_BROWSER=1 $(BIN)/python -m pytest -m browser $(ARGS)

test-faults: $(VENV)/.dev ## kill workers, clocks, brokers and databases in the middle of 500 pulls (ARGS="--set-up redis --only wiped")
	@env -u DATABASE_URL -u CELERY_BROKER_URL -u VAR $(BIN)/python -m tests.faults $(ARGS)

SPARK ?= 4.3.0
$(VENV)/spark/.made: requirements/spark.txt $(VENV)/.dev
	@rm -rf $(VENV)/spark $(VENV)/spark-server
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --target $(VENV)/spark -r requirements/spark.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(VENV)/spark-server pyspark==$(SPARK)
	@touch $@

test-spark: $(VENV)/spark/.made ## the spark source against a real Spark Connect server (needs Java 17; ARGS="-k joining")
	@env -u DATABASE_URL -u CELERY_BROKER_URL -u VAR FOURSTROKE_SPARK=$(VENV)/spark-server PYTHONPATH=$(VENV)/spark $(BIN)/python -m pytest -m spark tests/hypotheses $(ARGS)

screenshots: $(VENV)/.dev ## pictures of the running demo into docs/pictures (ADDRESS, PERSON, PASSWORD)
	@$(BIN)/python -m tests.browser.screenshots

bench: $(VENV)/.dev ## each figure beside its bound
	$(BIN)/python -m tests.benchmarks

bench-%: $(VENV)/.dev ## one of them (bench-pulls, bench-sources, bench-evidence, …), with PostgreSQL where it has a part
	BENCH_POSTGRESQL=$(BENCH_POSTGRESQL) $(BIN)/python -m tests.benchmarks $*

lock: $(VENV)/.dev ## compile the pinned versions with their hashes (no index address in any file)
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/base.txt
	$(BIN)/uv pip compile pyproject.toml --extra pdf --constraint requirements/base.txt --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/pdf.txt
	$(BIN)/uv pip compile pyproject.toml --extra spark --constraint requirements/base.txt --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/spark.txt
	$(BIN)/uv pip compile pyproject.toml --extra pdf --group dev --group browser --group lock --constraint requirements/base.txt --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/dev.txt

clean: ## forget the environment and the caches (not the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage*
