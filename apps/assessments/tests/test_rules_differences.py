"""What is otherwise in one account than in another: field by field, in exact digits."""

from decimal import Decimal

from apps.assessments.rules.differences import Difference, Place, differences_in, digits


class TestDifferencesIn:
    def test_names_what_is_not_equal_in_the_order_of_the_fields(self):
        before = {"points": Decimal("28.75"), "status": "scored", "grade": "A"}
        after = {"points": Decimal("30"), "status": "scored", "grade": "B"}
        assert list(differences_in(before, after)) == [
            Difference("points", "28.75", "30.00"),
            Difference("grade", "A", "B"),
        ]

    def test_equal_numbers_are_no_difference_however_they_are_written(self):
        assert list(differences_in({"points": Decimal("90.5")}, {"points": Decimal("90.50")})) == []

    def test_what_one_side_lacks_is_none_there(self):
        before, after = {"value": Decimal("1.125")}, {"target": "x"}
        assert list(differences_in(before, after)) == [
            Difference("value", "1.125", None),
            Difference("target", None, "x"),
        ]

    def test_say_where_they_stand(self):
        (one,) = differences_in({"points": 1}, {"points": 2}, Place(7, "REV", "Revenue"))
        assert (one.indicator, one.code, one.name) == (7, "REV", "Revenue")


class TestDigits:
    def test_are_exact_with_two_places_at_least(self):
        assert digits(Decimal("1E+3")) == "1000.00"
        assert digits(Decimal("0.90000000000000")) == "0.90"
        assert digits(Decimal("19.0476190476190476")) == "19.0476190476190476"

    def test_leave_words_and_whole_counts_as_they_are(self):
        assert (digits("scored"), digits(3), digits(None)) == ("scored", "3", None)
