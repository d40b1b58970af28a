"""The page of all history."""

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.core.history import because

pytestmark = pytest.mark.django_db

ADDRESS = reverse("audit:list")


@pytest.fixture
def auditor(client):
    user = UserFactory(name="Auda", roles=["auditor"])
    client.force_login(user)
    return user


class TestListPage:
    def test_is_for_those_who_may_see_all(self, client):
        assert client.get(ADDRESS).status_code == 302
        client.force_login(UserFactory(roles=["manager"]))
        assert client.get(ADDRESS).status_code == 403

    def test_shows_and_finds(self, client, auditor):
        with because("accounts.renamed_account", reason="a typing mistake", by=auditor):
            User.objects.filter(pk=UserFactory(name="Ada").pk).update(name="Adah")
        page = client.get(ADDRESS, {"q": "typing"}).content.decode()
        assert "Renamed account" in page
        assert "Adah" in page
        assert "No changes found" in client.get(ADDRESS, {"q": "elephants"}).content.decode()

    def test_answers_htmx_with_the_lines_alone(self, client, auditor):
        page = client.get(ADDRESS, headers={"HX-Request": "true"}).content.decode()
        assert page.lstrip().startswith("<section")

    def test_leads_to_older_changes(self, client, auditor):
        UserFactory.create_batch(60)
        page = client.get(ADDRESS)
        after = page.context["page"].next_cursor
        assert "Older changes" in page.content.decode()
        older = client.get(ADDRESS, {"after": after})
        assert "Older changes" not in older.content.decode()
        assert older.context["page"].lines

    @pytest.mark.parametrize(
        "given", [{"kind": "x"}, {"record": "x"}, {"first_day": "x"}, {"q": "\x00"}, {"after": "%"}]
    )
    def test_takes_nonsense_calmly(self, client, auditor, given):
        assert client.get(ADDRESS, given).status_code == 200

    def test_can_be_exported(self, client, auditor):
        User.objects.filter(pk=auditor.pk).update(name="=1+1")
        text = b"".join(client.get(ADDRESS, {"export": "csv"}).streaming_content).decode()
        assert "'=1+1" in text
        assert client.get(ADDRESS, {"export": "exe"}).status_code == 404
