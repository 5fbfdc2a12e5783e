"""Text from data and files made safe to show on a terminal.

A column name, a commit message or a line of a training's output may hold an escape sequence
that recolours, moves the cursor or writes to the clipboard, or a bidirectional override that
makes a line read otherwise than it is (CVE-2021-42574). Nothing of a study is trusted.
"""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+ *")
_ACTING = frozenset({"Cc", "Cf", "Cs"})
"""Unicode's categories of controls, of formats (bidirectional and zero-width characters, tags)
and of lone surrogates, which no encoding can write."""


def printable(text: str) -> str:
    """`text` on one line without anything that acts on a terminal.

    Line breaks and tabs become one space; controls, escapes, bidirectional and zero-width
    characters become visible as their code, `<1B>` or `<202E>`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"<{ord(char):02X}>" if _acts(char) else char for char in _SPACE.sub(" ", text))


def _acts(char: str) -> bool:
    # Variation selectors change how many cells a terminal gives the character before them.
    return (
        unicodedata.category(char) in _ACTING
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )
