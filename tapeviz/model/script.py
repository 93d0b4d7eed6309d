"""The quick form and the script: one document, two ways to write it."""

from __future__ import annotations

from tapeviz.model.script_edit import FormEdit, edit_form, set_value, update_script
from tapeviz.model.script_read import EMPTY_FORM, form_of, variables_of
from tapeviz.model.script_write import completed, problems_of, script_of, source_names, value_problems

__all__ = [
    "EMPTY_FORM",
    "FormEdit",
    "completed",
    "edit_form",
    "form_of",
    "problems_of",
    "script_of",
    "set_value",
    "source_names",
    "update_script",
    "value_problems",
    "variables_of",
]
