"""Text as XML has it."""

import re
from html import escape
from typing import Final

UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no place for, however it is escaped."""


def safe(text: str) -> str:
    """The text, to stand between tags or in quotes."""
    return escape(UNWRITABLE.sub("\ufffd", text))
