"""Where the site is entered: allauth's own pages, and a first page that says who is in."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def first_page(request: HttpRequest) -> HttpResponse:
    """Say who is in."""
    who = f"member {request.user.pk}" if request.user.is_authenticated else "nobody"
    return HttpResponse(f"<html><head><title>{who}</title></head><body><h1>{who}</h1></body></html>")


urlpatterns = [path("", first_page), path("accounts/", include("allauth.urls"))]
