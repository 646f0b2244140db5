from django.http import HttpResponse

from daymark.vault import queries
from daymark.vault.middleware import keys_in_hand


def test_keys_are_in_hand_while_a_page_is_made_and_not_after(rf):
    seen = []

    def page(request):
        seen.append(queries._in_hand.get())
        return HttpResponse("page")

    assert keys_in_hand(page)(rf.get("/")).content == b"page"
    assert seen == [{}]
    assert queries._in_hand.get() is None
