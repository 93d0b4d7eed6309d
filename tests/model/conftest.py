"""Properties are held on a busy machine too: few examples, none with a deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("without_deadline", deadline=None, max_examples=50)
settings.load_profile("without_deadline")
