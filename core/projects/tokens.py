"""The secrets in the links of a project. Who knows one has the project; the database has none."""

from __future__ import annotations

import base64
import hashlib
import secrets

_BYTES = 24


def new_token() -> str:
    """A secret of 192 random bits, fit for a URL."""
    return secrets.token_urlsafe(_BYTES)


def read_only(token: str) -> str:
    """The secret that shows the same project and changes nothing; it does not lead back."""
    digest = hashlib.blake2b(_bytes(token), digest_size=_BYTES, person=b"graft read-only")
    return base64.urlsafe_b64encode(digest.digest()).decode()


def fingerprint(token: str) -> str:
    """What the database knows a secret by: 64 hexadecimal digits."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def new_id() -> str:
    """A short name that cannot be guessed, for what is in a project."""
    return secrets.token_urlsafe(9)


def _bytes(token: str) -> bytes:
    return token.encode("utf-8", "replace")
