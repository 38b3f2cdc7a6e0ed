"""Who signs in by OpenID Connect where access is `login`, and what that lets them do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core import environment as env
from core.errors import GraftError, InvalidInputError

_NEEDED = (
    "GRAFT_COOKIE_SECRET",
    "GRAFT_OIDC_CLIENT_ID",
    "GRAFT_OIDC_CLIENT_SECRET",
    "GRAFT_OIDC_METADATA",
    "GRAFT_URL",
)
_LEAST_SECRET = 32  # characters
_RULE = re.compile(r"[\w:./-]+=[^,]+|[^@\s=*]*@[^@\s=*]+")
_MOST_HOURS = 30 * 24  # as long as Streamlit's cookie lasts
_SKEW = timedelta(minutes=2)  # between the clock of the provider and this one


@dataclass(frozen=True, slots=True)
class Login:
    """How people sign in.

    Attributes
    ----------
    url : str
        Where browsers reach this server, without a path (`GRAFT_URL`).
    metadata : str
        URL of the provider's metadata, which ends with `/.well-known/openid-configuration`
        (`GRAFT_OIDC_METADATA`).
    client_id, client_secret : str
        What the provider knows this server by (`GRAFT_OIDC_CLIENT_ID`,
        `GRAFT_OIDC_CLIENT_SECRET`).
    cookie_secret : str
        Signs the cookie that says who somebody is; at least 32 characters
        (`GRAFT_COOKIE_SECRET`).
    visitors : tuple of str
        Who may use this server: addresses, domains such as `@example.org`, claims such as
        `groups=teachers`; without any, everybody whom the provider knows (`GRAFT_VISITORS`,
        separated by commas).
    admins : tuple of str
        Who may change it, in the same form; without any, nobody (`GRAFT_ADMINS`).
    lasts : timedelta
        From signing in until one has to again (`GRAFT_LOGIN_HOURS`, default 12).
    """

    url: str
    metadata: str
    client_id: str
    client_secret: str = field(repr=False)
    cookie_secret: str = field(repr=False)
    visitors: tuple[str, ...]
    admins: tuple[str, ...]
    lasts: timedelta

    def secrets(self) -> dict[str, Any]:
        """The same as Streamlit has it in `secrets.toml`."""
        return {
            "auth": {
                "redirect_uri": f"{self.url}/oauth2callback",
                "cookie_secret": self.cookie_secret,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "server_metadata_url": self.metadata,
            }
        }


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in and may use this server.

    Attributes
    ----------
    id : 64 hexadecimal digits that stand for the person at this provider.
    name : what to call them.
    sign_in : 64 hexadecimal digits that stand for this signing in.
    is_admin : whether they may change the server.
    until : when they have to sign in again, in UTC.
    """

    id: str
    name: str
    sign_in: str
    is_admin: bool
    until: datetime


class SignInError(GraftError):
    """Somebody whom the provider knows, and who may not use this server, or not any more."""


def login() -> Login:
    """Read the settings.

    Raises
    ------
    InvalidInputError
        If one is missing or cannot be understood. Secrets are not repeated.
    """
    for name in _NEEDED:
        if not env.text_of(name):
            raise InvalidInputError(
                f"Expected {name} to be set where GRAFT_ACCESS is login. Received: none."
            )
    if len(env.text_of("GRAFT_COOKIE_SECRET")) < _LEAST_SECRET:
        raise InvalidInputError(
            f"Expected GRAFT_COOKIE_SECRET to have at least {_LEAST_SECRET} characters, such as "
            "`openssl rand -hex 32` prints. Received: fewer."
        )
    return Login(
        url=env.protected_url("GRAFT_URL"),
        metadata=env.protected_url("GRAFT_OIDC_METADATA", has_path=True),
        client_id=env.text_of("GRAFT_OIDC_CLIENT_ID"),
        client_secret=env.text_of("GRAFT_OIDC_CLIENT_SECRET"),
        cookie_secret=env.text_of("GRAFT_COOKIE_SECRET"),
        visitors=_rules("GRAFT_VISITORS"),
        admins=_rules("GRAFT_ADMINS"),
        lasts=timedelta(hours=_hours("GRAFT_LOGIN_HOURS")),
    )


def person(claims: Mapping[str, Any], rules: Login, now: datetime | None = None) -> Person:
    """Who has signed in.

    Parameters
    ----------
    claims : of the ID token, whose signature, issuer and audience were checked.
    rules : who is let in.
    now : the time, by default this clock's.

    Raises
    ------
    SignInError
        If they are not let in, or signed in too long ago.

    References
    ----------
    https://openid.net/specs/openid-connect-core-1_0.html#IDToken
    """
    now = now or datetime.now(UTC)
    issuer, subject = str(claims.get("iss", "")), str(claims.get("sub", ""))
    since = _time(claims.get("iat"))
    if not (issuer and subject) or since is None or since > now + _SKEW:
        raise SignInError("The provider did not say who you are. Sign in again.")
    until = since + rules.lasts
    if until <= now:
        raise SignInError("Your sign-in has expired. Sign in again to go on.")
    is_admin = _fits(claims, rules.admins)
    name = _name(claims)
    if rules.visitors and not is_admin and not _fits(claims, rules.visitors):
        raise SignInError(
            f"You are signed in as {name}, and this server is for others. Sign in with another "
            "account, or ask whoever runs it to let you in."
        )
    return Person(
        id=_digest(issuer, subject),
        name=name,
        sign_in=_digest(issuer, subject, str(claims["iat"]), str(claims.get("nonce", ""))),
        is_admin=is_admin,
        until=until,
    )


def _rules(variable: str) -> tuple[str, ...]:
    expected = "addresses, domains such as @example.org and claims such as groups=teachers"
    rules = env.all_fitting(variable, _RULE, expected)
    if env.text_of(variable) and not rules:  # a comma alone is not meant for everybody
        raise env.wrong(variable, expected, env.text_of(variable))
    return rules


def _hours(variable: str) -> int:
    hours = env.whole_number(variable, "hours") or 12
    if hours > _MOST_HOURS:
        raise env.wrong(variable, f"at most {_MOST_HOURS} hours", str(hours))
    return hours


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("name", "email", "preferred_username", "sub"):
        name = claims.get(claim)
        name = "".join(filter(str.isprintable, name)).strip() if isinstance(name, str) else ""
        if name:
            return name[:80]
    return "somebody"


def _fits(claims: Mapping[str, Any], rules: tuple[str, ...]) -> bool:
    return any(_follows(claims, rule) for rule in rules)


def _follows(claims: Mapping[str, Any], rule: str) -> bool:
    if "=" in rule:
        claim, _, wanted = rule.partition("=")
        value = claims.get(claim)
        return wanted in map(_written, value if isinstance(value, list) else [value])
    address = claims.get("email")
    if not isinstance(address, str) or claims.get("email_verified", True) not in (True, "true"):
        return False
    if address.isascii() and rule.isascii():  # other letters can have the same small one
        address, rule = address.lower(), rule.lower()
    return address == rule or (rule.startswith("@") and address.rpartition("@")[2] == rule[1:])


def _written(value: object) -> str:
    """As JSON has it, texts without quotes; empty where there is nothing."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return str(value)


def _time(value: object) -> datetime | None:
    """From seconds since 1970; None for what is no time."""
    try:
        return datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]  # caught
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
