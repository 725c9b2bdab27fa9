"""The site's settings, under the names that Django and `django-allauth` read."""

import os

import pymysql
import sqlalchemy as sa

# Django asks for mysqlclient by its name; PyMySQL, which is here already, answers to it.
pymysql.install_as_MySQLdb()

SECRET_KEY = "for-tests"
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "tests.systems.allauth_site.doors"
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions",
    "django.contrib.messages", "allauth", "allauth.account", "tests.systems.allauth_site",
]  # fmt: skip
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_USER_MODEL = "allauth_site.Member"
# What a password costs is not what these tests are about.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_url = sa.make_url(os.environ["ALLAUTH_SITE_DATABASE"])
_ENGINE = {"sqlite": "sqlite3", "postgresql": "postgresql", "mariadb": "mysql"}
_OPTIONS = {
    # Two who write at once wait for each other, and neither fails.
    "sqlite": {"transaction_mode": "IMMEDIATE", "timeout": 10},
}
DATABASES = {
    "default": {
        "ENGINE": f"django.db.backends.{_ENGINE[_url.get_backend_name()]}",
        "NAME": _url.database,
        "USER": _url.username,
        "HOST": _url.host or _url.query.get("host"),
        "PORT": _url.port,
        "OPTIONS": _OPTIONS.get(_url.get_backend_name(), {}),
    }
}
# All tables are made at once: the site's own have no migrations, and others that lean on them come first.
MIGRATION_MODULES = dict.fromkeys(("contenttypes", "auth", "sessions", "account"))
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "tests.systems.allauth_site.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
# Without a star: with one, whoever has lost their number could not come in by mail and password any more.
ACCOUNT_SIGNUP_FIELDS = ["phone", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# The site says whether a number is taken; otherwise it would go on as if, and send no code.
ACCOUNT_PREVENT_ENUMERATION = False
ACCOUNT_RATE_LIMITS = False
