"""The C core as Python objects; the only room that touches the extension."""

from edgeferro.core.emulator import TALLY_WORDS, Core, TraceBuffer
from edgeferro.core.views import VIEWS

__all__ = ["TALLY_WORDS", "VIEWS", "Core", "TraceBuffer"]
