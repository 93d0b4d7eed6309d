"""docs/rules.md says what the program says."""

from __future__ import annotations

import runpy
from pathlib import Path

from tapeviz.model.rules import RULES

ROOT = Path(__file__).parents[2]


def test_the_list_of_rules_in_the_documentation_is_up_to_date() -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(ROOT / "tools" / "list_rules.py"))["document"](), "run `make rules`"


def test_every_op_of_every_rule_is_in_the_list() -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert rule.sentence in written
        assert all(f"`{op_type}`" in written for op_type in rule.op_types)
