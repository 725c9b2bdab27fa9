"""Where the site is entered, and by whom."""

import os
from collections.abc import Callable
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

urlpatterns = [path("scim/v2/", include("django_scim.urls", namespace="scim"))]


def bearer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let in who has the token; `django-scim2` asks whether somebody was let in."""
    wanted = f"Bearer {os.environ['SCIM_SITE_TOKEN']}"

    def _meet(request: HttpRequest) -> HttpResponse:
        request.user = SimpleNamespace(is_authenticated=request.headers.get("Authorization") == wanted)
        return get_response(request)

    return _meet
