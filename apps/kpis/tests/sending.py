"""How tests talk to the API on KPIs."""

KPIS, TARGETS = "/api/v1/kpis/", "/api/v1/kpi-targets/"
VALUES, MONTHS = "/api/v1/kpi-values/", "/api/v1/kpi-months/"
LISTS = (KPIS, TARGETS, VALUES, MONTHS)
ANY = {"If-Match": "*"}


def rows(response):
    assert response.status_code == 200, response.content
    return response.json()["results"]


def send(client, *values, **more):
    return client.post(VALUES, {"rows": list(values), **more}, format="json")


def value(kpi="SOLD", department="NORTH", month="2026-05", number="7", **more):
    given = {"kpi": kpi, "department": department, "month": month, **more}
    return given if number is None else {**given, "value": number}


def results(response):
    assert response.status_code == 200, response.content
    return [row["result"] for row in response.json()["rows"]]
