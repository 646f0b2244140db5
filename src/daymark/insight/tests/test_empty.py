"""A deployment that holds no figures."""

import pytest
from django.http import Http404

from daymark.insight.views import figures as views


@pytest.mark.parametrize("name", ["picture", "area", "hidden", "then_and_now"])
def test_it_has_no_pages_of_figures(name: str, db, rf):
    with pytest.raises(Http404):
        getattr(views, name)(rf.get("/figures/"))
