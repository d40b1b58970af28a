"""Lists: search, filters, sorting, pages, fragments, exports. Drawn over the accounts table, the lowest there is."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from django.utils.html import conditional_escape, format_html
from django.utils.translation import gettext_lazy
from django_htmx.middleware import HtmxDetails

from apps.core.errors import NotFound
from apps.core.http.listing import Badge, Column, ExportTooLarge, Filter, ListSpec, list_response

User = get_user_model()
SPEC = ListSpec(
    name="accounts",
    title="Accounts",
    columns=(
        Column("name", "Name", kind="user", order_by="name", url=lambda row: f"/people/{row.pk}/", note="email"),
        Column("state", "State", value=lambda row: Badge("Open" if row.is_active else "Closed", "success")),
        Column("email", "E-mail", order_by="email", is_export_only=True),
        Column("made", "Made", value="created_at", kind="moment", order_by="created_at"),
    ),
    filters=(
        Filter(
            "state",
            "State",
            choices=[("open", "Open"), ("closed", "Closed")],
            apply=lambda rows, value: rows.filter(is_active=value == "open"),
        ),
    ),
    search=("name__icontains", "email__icontains"),
    default_order="name",
    page_size=2,
)


def ask(query="", *, is_fragment=False, spec=SPEC, rows=None):
    request = RequestFactory().get(f"/things/{query}")
    request.user = SimpleNamespace(is_authenticated=False)
    request.resolver_match = None
    if is_fragment:
        request.META["HTTP_HX_REQUEST"] = "true"
    request.htmx = HtmxDetails(request)
    return list_response(request, spec=spec, queryset=User.objects.all() if rows is None else rows)


def text_of(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


@pytest.fixture
def people(db):
    return [
        User.objects.create(email=f"{name.lower()}@example.test", name=f"{name} Stone", is_active=name != "Cara")
        for name in ("Ada", "Ben", "Cara")
    ]


class TestPrepare:
    """The second step of a read: what the rows of a page need, fetched for them alone."""

    def prepared_spec(self, seen):
        def prepare(rows):
            seen.append([row.name for row in rows])
            for row in rows:
                row.nick = row.name[:1]

        columns = (*SPEC.columns, Column("nick", "Nick"), Column("picture", "Picture", value="nick", is_page_only=True))
        return replace(SPEC, columns=columns, prepare=prepare, keep=("tab",))

    def test_is_handed_the_rows_of_the_page_only(self, people):
        seen = []
        assert "Nick" in text_of(ask(spec=self.prepared_spec(seen)))
        assert seen == [["Ada Stone", "Ben Stone"]]

    def test_is_handed_all_rows_of_a_file_and_pictures_stay_out(self, people):
        seen = []
        lines = json.loads(text_of(ask("?export=json", spec=self.prepared_spec(seen))))
        assert [line["nick"] for line in lines] == ["A", "B", "C"]
        assert "picture" not in lines[0]
        assert [name for names in seen for name in names] == ["Ada Stone", "Ben Stone", "Cara Stone"]

    def test_keeps_what_says_which_page_the_list_stands_on(self, people):
        body = text_of(ask("?tab=values&state=closed", spec=self.prepared_spec([])))
        assert '<input type="hidden" name="tab" value="values">' in body
        assert 'href="/things/?tab=values"' in body


class TestListResponse:
    def test_draws_the_first_page_in_order_and_links_to_the_next(self, people):
        body = text_of(ask())
        assert body.index("Ada Stone") < body.index("Ben Stone")
        assert "Cara Stone" not in body
        assert "page=2" in body
        assert "1–2 of 3" in body

    def test_gives_htmx_only_the_list_region(self, people):
        body = text_of(ask(is_fragment=True))
        assert "<html" not in body
        assert 'id="list"' in body

    def test_searches_every_word_in_every_field(self, people):
        body = text_of(ask("?q=ben+example"))
        assert "Ben Stone" in body
        assert "Ada Stone" not in body

    def test_survives_a_nul_byte_in_the_search(self, people):
        assert "Ada Stone" in text_of(ask("?q=ada%00"))

    def test_narrows_by_filter_and_offers_to_take_it_away(self, people):
        body = text_of(ask("?state=closed"))
        assert "Cara Stone" in body
        assert "Ada Stone" not in body
        assert "Remove filter State: Closed" in body

    def test_refuses_a_filter_value_that_is_not_on_offer(self, people):
        with pytest.raises(NotFound, match="cannot be chosen for State"):
            ask("?state=secret")

    def test_sorts_both_ways_and_ignores_an_unknown_sort(self, people):
        down = text_of(ask("?sort=-name"))
        assert down.index("Cara Stone") < down.index("Ben Stone")
        assert 'aria-sort="descending"' in down
        assert "Ada Stone" in text_of(ask("?sort=-password"))

    def test_gives_the_last_page_for_a_number_past_the_end(self, people):
        assert "Cara Stone" in text_of(ask("?page=99"))

    def test_tells_nothing_matches_from_nothing_there(self, people):
        assert "Nothing matches" in text_of(ask("?q=zzz"))
        assert "Nothing here yet" in text_of(ask(rows=User.objects.none()))

    def test_escapes_what_people_typed(self, db):
        User.objects.create(email="x@example.test", name="<script>alert(1)</script>")
        assert "<script>alert(1)" not in text_of(ask())

    @pytest.mark.parametrize(
        "typed", ["<b>x</b>", "a & b", '"quoted"', "it's", "{0}", "{name}", gettext_lazy("<i>lazy</i>")]
    )
    def test_writes_text_as_django_escapes_it_wherever_it_stands(self, typed):
        row = {"name": typed, "note": typed, "tag": Badge(typed, typed), "address": typed}
        spec = ListSpec(
            name="things",
            title="Things",
            columns=(
                Column("name", typed, kind="user", url=lambda line: str(line["address"]), note="note"),
                Column("note", "Note", note="name"),
                Column("tag", "Tag", kind="badge"),
            ),
            filters=(Filter("pick", "Pick", choices=[(typed, typed)]),),
        )
        text = text_of(ask(spec=spec, rows=[row], is_fragment=True))
        escaped = conditional_escape(typed)
        body = text.partition("<tbody>")[2].partition("</tbody>")[0]
        assert body.count(escaped) == 8
        assert escaped in text.partition("<option")[2].partition("</select>")[0]
        assert str(typed) == escaped or str(typed) not in text

    def test_leaves_html_that_a_column_made_as_it_is(self):
        column = Column("name", "Name", value=lambda _line: format_html("<em>{}</em>", "<b>"))
        spec = ListSpec(name="things", title="Things", columns=(column,))
        assert "<em>&lt;b&gt;</em>" in text_of(ask(spec=spec, rows=[{}], is_fragment=True))

    def test_works_a_line_out_once_a_row(self):
        made = []

        def line(row):
            made.append(row)
            return {"name": row.upper(), "note": row}

        columns = (Column("name", "Name", order_by="name"), Column("note", "Note"))
        spec = ListSpec(name="things", title="Things", columns=columns, line=line)
        assert "ADA" in text_of(ask(spec=spec, rows=["ada", "ben"]))
        assert made == ["ada", "ben"]
        assert text_of(ask("?export=csv", spec=spec, rows=["ada", "ben"])).split()[1:] == ["ADA,ada", "BEN,ben"]

    def test_takes_rows_that_follow_from_what_is_chosen(self, people):
        def rows(chosen):
            return User.objects.filter(is_active=chosen.filters.get("state") == "open")

        spec = replace(SPEC, filters=(Filter("state", "State", choices=[("open", "Open"), ("closed", "Closed")]),))
        assert "Ada Stone" in text_of(ask("?state=open", spec=spec, rows=rows))
        assert "Ada Stone" not in text_of(ask("?state=closed&export=csv", spec=spec, rows=rows))

    def test_costs_two_queries_whatever_the_size(self, people, django_assert_num_queries):
        with django_assert_num_queries(2):
            ask("?q=stone&state=open&sort=-name")

    def test_takes_rows_that_are_in_memory(self):
        spec = ListSpec(name="x", title="X", columns=(Column("name", "Name", order_by="name"),))
        body = text_of(ask("?sort=-name", spec=spec, rows=[{"name": "Aardvark"}, {"name": None}, {"name": "Beaver"}]))
        assert body.index("Beaver") < body.index("Aardvark")


class TestExport:
    def test_csv_holds_every_filtered_row_and_the_export_only_columns(self, people):
        lines = text_of(ask("?export=csv&sort=name")).removeprefix("\ufeff").splitlines()
        assert lines[0] == "Name,State,E-mail,Made"
        assert [line.split(",")[0] for line in lines[1:]] == ["Ada Stone", "Ben Stone", "Cara Stone"]

    def test_json_names_members_by_column_key(self, people):
        rows = json.loads(text_of(ask("?export=json&state=closed")))
        assert [(row["name"], row["state"], row["email"]) for row in rows] == [
            ("Cara Stone", "Closed", "cara@example.test"),
        ]

    def test_refuses_an_unknown_format(self, people):
        with pytest.raises(NotFound, match="csv, xlsx, json"):
            ask("?export=exe")

    def test_refuses_more_rows_than_a_file_may_hold(self, people, settings):
        settings.EXPORT_ROW_LIMIT = 2
        with pytest.raises(ExportTooLarge, match="more than 2 rows"):
            ask("?export=csv")
