"""The site's settings, under the names that Django and `django-scim2` read."""

import os

SECRET_KEY = "for-tests"
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "tests.systems.scim_site.doors"
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django_scim", "tests.systems.scim_site",
]  # fmt: skip
MIDDLEWARE = ["tests.systems.scim_site.doors.bearer"]
AUTH_USER_MODEL = "scim_site.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["SCIM_SITE_DATABASE"],
        # Two who write at once wait for each other, and neither fails.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "pragma journal_mode=wal",
        },
    }
}
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "127.0.0.1",
    "SCHEME": "http",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "A token."}],
    "USER_ADAPTER": "tests.systems.scim_site.adapter.ScimPerson",
    "USER_FILTER_PARSER": "tests.systems.scim_site.filters.PersonFilter",
}
