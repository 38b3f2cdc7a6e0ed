"""20 Newsgroups in six broad categories, and posts without what gives them away.

References
----------
Lang, NewsWeeder: Learning to Filter Netnews, ICML 1995; the data set "by date" and the removal of
headers, quotes and footers are scikit-learn's `fetch_20newsgroups`.
"""

from __future__ import annotations

import json
import lzma
import os
import re
from dataclasses import dataclass

CLASSES = ("computers", "recreation", "science", "politics", "religion", "for_sale")

_OF_PREFIX = {
    "comp.": "computers",
    "rec.": "recreation",
    "sci.": "science",
    "talk.politics.": "politics",
    "talk.religion.": "religion",
    "alt.atheism": "religion",
    "soc.religion.": "religion",
    "misc.forsale": "for_sale",
}
_FIELDS = re.compile(
    r"^(from|subject|newsgroups|organization|lines|message-id|distribution|reply-to):",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Post:
    """One post as it was sent, headers included; `group` is the newsgroup it was sent to."""

    group: str
    text: str

    @property
    def category(self) -> int:
        """Position in `CLASSES`."""
        return category_of(self.group)

    @property
    def thread(self) -> str:
        """Its subject without `Re:`, in lower case: what posts of one discussion share."""
        subject = re.search(r"^subject:(.*)$", self.text, re.I | re.M)
        return re.sub(r"^((re|fwd?)\s*[:^]\s*)+", "", subject[1].strip().lower() if subject else "")


def read_posts(path: str | os.PathLike[str]) -> list[Post]:
    """The posts of an `.jsonl.xz` file: one object with `group` and `text` a line."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return [Post(**json.loads(line)) for line in file]


def category_of(group: str) -> int:
    """The position in `CLASSES` of a newsgroup's broad category."""
    return next(
        CLASSES.index(name) for prefix, name in _OF_PREFIX.items() if group.startswith(prefix)
    )


def bare(text: str) -> str:
    """The words of a post: without its headers, what it quotes, and its signature.

    A text that does not begin with the headers of a post is one already, and stays as it is: in a
    letter, what scikit-learn takes for a footer would be its last paragraph.
    """
    from sklearn.datasets import _twenty_newsgroups as removal

    text = text.lstrip("\n")
    header, _, _ = text.partition("\n\n")
    if len(_FIELDS.findall(header)) < 2:
        return text
    body = removal.strip_newsgroup_header(text)
    return removal.strip_newsgroup_footer(removal.strip_newsgroup_quoting(body))
