"""Where a page goes after an act: back to the page it was asked on."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def page_before(request: HttpRequest, *, otherwise: str) -> str:
    """The path that the form sent as `back`, where it is one of ours; else the page that is given.

    Only a path counts: `redirect` would take a word without a slash for the name of an address.
    """
    asked = request.POST.get("back", "")
    ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours else otherwise
