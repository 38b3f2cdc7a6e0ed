"""Who is let in, as what, for how long; and settings that cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.access import may_administer
from core.errors import InvalidInputError
from core.sign_in import Login, SignInError, login, person
from tests.identity_provider import ADA, BOB, COOKIE_SECRET, EVE, by_login

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
METADATA = "https://id.example.org/.well-known/openid-configuration"
RULES = Login(
    url="https://graft.example.org",
    metadata=METADATA,
    client_id="graft",
    client_secret="s3cr3t",
    cookie_secret=COOKIE_SECRET,
    visitors=(),
    admins=(),
    lasts=timedelta(hours=12),
)


def claims(own=ADA, sub="ada", since=NOW - timedelta(hours=1), **others):
    return {"iss": METADATA, "sub": sub, "iat": int(since.timestamp()), **own, **others}


def enter(given, **rules):
    return person(given, replace(RULES, **rules), NOW)


@pytest.fixture
def environment(monkeypatch):
    """A function that sets variables, those of a server that signs people in and others."""

    def put(**others):
        known = {**by_login(METADATA), "GRAFT_URL": "https://graft.example.org", **others}
        for name, value in known.items():
            monkeypatch.setenv(name, value)

    return put


def test_without_rules_everybody_is_a_visitor_and_nobody_an_admin():
    ada = enter(claims())
    assert (ada.name, ada.is_admin) == ("Ada Lovelace", False)
    assert ada.until == NOW + timedelta(hours=11)


@pytest.mark.parametrize(
    ("rule", "own", "is_let_in"),
    (
        ("ada@example.org", ADA, True),
        ("Ada@Example.org", ADA, True),
        ("@example.org", ADA, True),
        ("@example.org", BOB, False),
        ("@ample.org", ADA, False),
        ("@org", ADA, False),
        ("groups=teachers", ADA, True),
        ("groups=teacher", ADA, False),
        ("groups=teachers", BOB, False),
        ("sub=ada", BOB, True),
        ("staff=true", {"staff": True}, True),
        ("staff=None", {}, False),
        ("\u212a@example.org", {"email": "k@example.org"}, False),  # the sign for kelvin
        ("ada@example.org", EVE, False),  # the provider has not checked that it is hers
        ("ada@example.org", {"email": "ada@example.org"}, True),
        ("ada@example.org", {"email": ["ada@example.org"]}, False),
        ("ada@example.org", {}, False),
    ),
)
def test_rules_are_addresses_domains_and_claims(rule, own, is_let_in):
    assert enter(claims(own), admins=(rule,)).is_admin == is_let_in
    if is_let_in:
        assert not enter(claims(own), visitors=("nobody@example.org", rule)).is_admin
    else:
        with pytest.raises(SignInError, match="for others"):
            enter(claims(own), visitors=(rule,))


def test_admins_need_not_be_listed_as_visitors():
    assert enter(claims(BOB), visitors=("@example.org",), admins=("bob@example.com",)).is_admin


@pytest.mark.parametrize("hours", [12, 13, 24 * 365])
def test_who_signed_in_long_ago_has_to_again(hours):
    with pytest.raises(SignInError, match="expired"):
        enter({**claims(), "iat": NOW.timestamp() - hours * 3600})


@pytest.mark.parametrize(
    "wrong", ({"iat": None}, {"iat": "now"}, {"iat": 1e300}, {"iat": 4e9}, {"sub": ""}, {"iss": ""})
)
def test_claims_that_name_nobody_or_no_time_let_nobody_in(wrong):
    with pytest.raises(SignInError, match="did not say who you are"):
        enter(claims() | wrong)


def test_a_person_is_a_subject_of_an_issuer():
    ada = enter(claims())
    assert enter(claims(BOB)).id == ada.id  # whatever they are called now
    assert enter(claims(sub="bob")).id != ada.id
    assert enter(claims(iss="https://other.example.org")).id != ada.id
    later = enter(claims(since=NOW))
    assert later.id == ada.id and later.sign_in != ada.sign_in


def test_admins_change_the_server_where_people_sign_in(monkeypatch):
    monkeypatch.setenv("GRAFT_ACCESS", "login")
    ada = enter(claims(), admins=("@example.org",))
    assert may_administer(ada) and not may_administer(enter(claims(BOB)))
    assert not may_administer()


@pytest.mark.parametrize(
    ("written", "read"),
    (
        ("https://Graft.Example.org/", "https://graft.example.org"),
        ("https://graft.example.org:443", "https://graft.example.org"),
        ("http://LOCALHOST:8501", "http://localhost:8501"),
        ("http://[::1]:80\n", "http://[::1]"),
    ),
)
def test_addresses_are_read_as_browsers_write_them(written, read, environment):
    environment(GRAFT_URL=written)
    assert login().url == read


def test_names_can_be_shown_and_saved():
    assert enter(claims({"name": " A\0da\u200b\n"})).name == "Ada"
    assert enter(claims({"name": "\u200b", "email": "ada@example.org"})).name == "ada@example.org"


def test_the_settings_are_read_and_no_secret_is_shown(environment):
    environment(GRAFT_VISITORS="@example.org, groups=teachers", GRAFT_LOGIN_HOURS="2")
    read = login()
    assert read.visitors == ("@example.org", "groups=teachers")
    assert read.lasts == timedelta(hours=2)
    assert COOKIE_SECRET not in repr(read) and read.client_secret not in repr(read)
    auth = read.secrets()["auth"]
    assert auth["redirect_uri"] == "https://graft.example.org/oauth2callback"


@pytest.mark.parametrize(
    ("variable", "value"),
    (
        ("GRAFT_URL", ""),
        ("GRAFT_URL", "http://graft.example.org"),
        ("GRAFT_URL", "https://graft.example.org/app"),
        ("GRAFT_URL", "https://me@graft.example.org"),
        ("GRAFT_URL", "graft.example.org"),
        ("GRAFT_URL", "https://graft.example.org#a"),
        ("GRAFT_URL", "https://graft exam.org"),
        ("GRAFT_URL", "https://:p@graft.example.org"),
        ("GRAFT_URL", "https://graft.example.org?a=1"),
        ("GRAFT_OIDC_METADATA", ""),
        ("GRAFT_OIDC_METADATA", "https://id.example.org"),
        ("GRAFT_OIDC_METADATA", "http://id.example.org/.well-known/openid-configuration"),
        ("GRAFT_OIDC_CLIENT_ID", ""),
        ("GRAFT_OIDC_CLIENT_SECRET", ""),
        ("GRAFT_COOKIE_SECRET", "short secret"),
        ("GRAFT_LOGIN_HOURS", "0"),
        ("GRAFT_LOGIN_HOURS", "721"),
        ("GRAFT_VISITORS", " "),
        ("GRAFT_VISITORS", ","),
        ("GRAFT_VISITORS", "*@example.org"),
        ("GRAFT_ADMINS", "ada"),
        ("GRAFT_VISITORS", "@example.org,@"),
    ),
)
def test_a_setting_that_is_missing_or_wrong_is_named(variable, value, environment):
    environment(**{variable: value})
    with pytest.raises(InvalidInputError, match=f"Expected {variable} to .* Received: ") as refusal:
        login()
    assert "short secret" not in str(refusal.value)
