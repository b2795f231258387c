"""What a template can ask of the kinds without a list costs nothing where none asks."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from leeward.site import navigation

pytestmark = pytest.mark.django_db


def test_no_question_is_asked_where_no_template_asks(
    rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        given = navigation.coverage(rf.get("/"))
    with django_assert_num_queries(1):
        assert "adult" in given["uncovered_kinds"]  # type: ignore[operator]  # It is lazy.
