# `make run` opens tapeviz, `make test` checks it; both set up everything they need in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test setup setup-tests lint types imports check bench pictures rules lock clean

run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then exec $(BIN)/tapeviz; else exec $(BIN)/python tools/first_lesson.py build; fi

setup:
	@$(PYTHON) tools/set_up.py

setup-tests:
	@$(PYTHON) tools/set_up.py --tests

test: setup-tests lint types imports check

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

# Everything offscreen, then the end-to-end part once more in a real window.
check:
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest
	QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1920x1080x24" $(BIN)/pytest tests/end_to_end

bench: setup
	$(BIN)/python benchmarks/recording_cost.py
	$(BIN)/python benchmarks/large_graphs.py
	$(BIN)/python benchmarks/descent.py
	$(BIN)/python benchmarks/plots.py

# The pictures of the documentation and of the lesson library, made by the program itself.
pictures: setup
	$(BIN)/python -m tools.draw_pictures

# The list of rules of differentiation in the documentation, from the rules themselves.
rules: setup
	$(BIN)/python tools/list_rules.py

# Needs uv; writes versions and hashes without any index address.
lock:
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build dist
