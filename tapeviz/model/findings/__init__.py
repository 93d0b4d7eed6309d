"""What a lecturer should know of a run: gradients that are None or zero, NaNs and infinities, warnings."""

from tapeviz.model.findings.listing import all_findings, find

__all__ = ["all_findings", "find"]
