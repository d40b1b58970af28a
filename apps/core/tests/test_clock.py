from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import time_machine

from apps.core.clock import local_date, now, today


class TestToday:
    @time_machine.travel(datetime(2026, 3, 31, 20, 0, tzinfo=UTC), tick=False)
    def test_is_the_date_in_the_company_zone(self, settings):
        settings.COMPANY_ZONE = ZoneInfo("Asia/Shanghai")
        assert today() == date(2026, 4, 1)
        settings.COMPANY_ZONE = ZoneInfo("America/New_York")
        assert today() == date(2026, 3, 31)

    def test_can_be_fixed(self, settings):
        settings.FIXED_TODAY = "2026-02-10"
        settings.COMPANY_ZONE = ZoneInfo("Australia/Lord_Howe")
        assert today() == date(2026, 2, 10)
        assert local_date(now()) == date(2026, 2, 10)
