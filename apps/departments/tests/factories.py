"""Departments for tests, of this app and of others: made by the services, so that their dated rows are right."""

from datetime import UTC, date, datetime
from itertools import count

import factory

from apps.departments import services
from apps.departments.models import Department

LONG_AGO = date(2015, 1, 1)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
numbers = count(1)


class DepartmentFactory(factory.Factory):
    """An open department; `DepartmentFactory(parent=sales, on=day)`."""

    class Meta:
        model = Department

    code = factory.LazyFunction(lambda: f"D{next(numbers):05d}")
    name = factory.LazyAttribute(lambda made: f"Department {made.code}")
    parent = None
    on = LONG_AGO

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return services.create_department(by=None, now=kwargs.pop("now", NOW), **kwargs)

    @classmethod
    def _build(cls, model_class, *args, **kwargs):
        kwargs.pop("parent"), kwargs.pop("on")
        return model_class(**kwargs)
