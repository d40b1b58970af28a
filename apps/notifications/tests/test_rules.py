import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications.choices import Subject
from apps.notifications.rules import (
    address_problem,
    default_mode,
    goes_to_stand_in,
    is_public,
    is_signed,
    signature,
    subject_of,
    wants,
)
from apps.notifications.rules.subjects import SUBJECTS


class TestSubjectOf:
    @pytest.mark.parametrize(
        ("kind", "about"), [("approvals.waiting", "approvals"), ("plans.due", "general"), ("", "general")]
    )
    def test_is_the_app(self, kind, about):
        assert subject_of(kind) == about

    def test_every_subject_can_be_chosen(self):
        assert {*SUBJECTS, "general"} == set(Subject.values)

    def test_what_waits_is_mailed_at_once(self):
        assert (default_mode("approvals"), default_mode("imports")) == ("instant", "digest")

    def test_private_matters_stay_private(self):
        assert goes_to_stand_in("approvals.waiting")
        assert not goes_to_stand_in("accounts.password_changed")


class TestWants:
    @pytest.mark.parametrize(
        ("patterns", "is_wanted"),
        [(["*"], True), (["staff.*"], True), (["staff.hired"], True), (["staff.left"], False), ([], False)],
    )
    def test_by_name_app_or_all(self, patterns, is_wanted):
        assert wants(patterns, "staff.hired") is is_wanted

    def test_an_app_whose_name_begins_alike_is_another(self):
        assert not wants(["staff.*"], "staffing.hired")


class TestSignature:
    def test_of_a_worked_example(self):
        # printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac s3cret
        assert signature(secret="s3cret", timestamp=1_700_000_000, body=b'{"a":1}') == (
            "t=1700000000,v1=1698a50bc74d1ff1db85c4e0a5297c2ad9fdba245d5737cdb789e4cc6e098940"
        )

    def test_is_accepted_fresh_and_whole(self):
        header = signature(secret="s", timestamp=1000, body=b"x")
        assert is_signed(secret="s", header=header, body=b"x", at=1300)
        assert not is_signed(secret="s", header=header, body=b"x", at=1301)
        assert not is_signed(secret="s", header=header, body=b"y", at=1000)
        assert not is_signed(secret="other", header=header, body=b"x", at=1000)

    @given(st.text(max_size=60))
    def test_nonsense_is_no_signature(self, header):
        assert not is_signed(secret="s", header=header, body=b"x", at=1000)


class TestIsPublic:
    @pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
    def test_of_the_open_internet(self, address):
        assert is_public(address)

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
            "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
            "ff02::1",
        ],
    )  # fmt: skip
    def test_not_of_the_inside(self, address):
        assert not is_public(address)


class TestAddressProblem:
    @pytest.mark.parametrize("url", ["https://hooks.example.com/in?x=1", "https://8.8.8.8:8443/"])
    def test_takes_public_https(self, url):
        assert address_problem(url, allowed_hosts=()) == ""

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("http://hooks.example.com/", "scheme"),
            ("ftp://hooks.example.com/", "scheme"),
            ("https://user:pw@hooks.example.com/", "credentials"),
            ("https://localhost/", "inside"),
            ("https://127.0.0.1/", "inside"),
            ("https://[::1]/", "inside"),
            ("https://169.254.169.254/latest/meta-data", "inside"),
            ("https://intranet/", "inside"),
            ("https://db.internal/", "inside"),
            ("https://2130706433/", "inside"),
            ("https://", "malformed"),
            ("https://a b.example.com/", "malformed"),
            ("https://example.com:99999/", "malformed"),
            ("https://example.com/" + "x" * 500, "too_long"),
            ("javascript:alert(1)", "malformed"),
        ],
    )
    def test_names_what_is_wrong(self, url, words):
        assert words == address_problem(url, allowed_hosts=())

    def test_a_listed_host_may_be_inside_and_plain(self):
        assert address_problem("http://receiver.internal:8080/in", allowed_hosts=["receiver.internal"]) == ""

    @given(st.text(max_size=80))
    def test_never_breaks(self, text):
        assert isinstance(address_problem(f"https://{text}", allowed_hosts=()), str)
