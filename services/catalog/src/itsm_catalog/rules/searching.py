"""Words to be searched, and words to search by: both folded in the same way, so that they meet.

Folded is: no accents, no case, nothing but letters and digits. A word is found by its beginning; of several
all have to be there, in any order.
"""

import re
import unicodedata
from itertools import islice

MOST_WORDS = 12
"""Words of a question that are looked for; who writes more is looked up by the first."""


def folded(*texts: str | None) -> str:
    """The words of some texts, a space between any two."""
    return " ".join(words(" ".join(text for text in texts if text)))


def question(text: str) -> str | None:
    """A tsquery for what somebody has typed; None where that holds no word.

    Nothing of its grammar can come in from outside: a word is made of letters and digits alone.
    """
    found = dict.fromkeys(islice(words(text), MOST_WORDS))
    return " & ".join(f"{word}:*" for word in found) or None


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    plain = decomposed(decomposed(text).casefold())
    return re.findall(r"[^\W_]+", "".join(each for each in plain if not unicodedata.combining(each)))


def decomposed(text: str) -> str:
    """Letters and their accents apart, and what only looks different made the same."""
    return unicodedata.normalize("NFKD", text)
