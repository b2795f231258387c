"""The quick exit: away from here at once, to a page that anybody could have open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access

# Weather and encyclopaedias: a child, a parent and a teacher alike open them, and none of them asks who comes.
ANYWHERE = "https://www.wikipedia.org/"
NEUTRAL = {
    "en": "https://en.wikipedia.org/",
    "mn": "https://mn.wikipedia.org/",
    "fr": "https://fr.wikipedia.org/",
    "es": "https://es.wikipedia.org/",
    "ar": "https://ar.wikipedia.org/",
    "ru": "https://ru.wikipedia.org/",
    "zh-hans": "https://www.weather.com.cn/",  # Wikipedia does not open everywhere where Chinese is read.
}
# "same-origin" is a press on one of our pages, "none" an address that was typed. A browser sends it over https and on
# loopback only; where it is missing we clear, because a trace that stays is worse than a sign-out too many.
_OUR_OWN = {"same-origin", "none"}


@access.public
@never_cache
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Clear what this visit left in the browser and lead to a neutral page.

    A link of another site leads away as well but clears nothing, so nobody can sign our people out from outside.
    """
    answer = HttpResponseRedirect(NEUTRAL.get(get_language() or "", ANYWHERE))
    answer["Referrer-Policy"] = "no-referrer"
    if request.headers.get("Sec-Fetch-Site", "none") in _OUR_OWN:
        answer["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        # Browsers obey the header over https only.
        for name in request.COOKIES:
            answer.delete_cookie(name)
    return answer
