"""The site's settings, under the names that Django and `django-allauth` read."""

import os

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
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["ALLAUTH_SITE_DATABASE"],
        # Two who write at once wait for each other, and neither fails.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10},
    }
}
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "tests.systems.allauth_site.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
# Without a star: with one, whoever has lost their number could not come in by mail and password any more.
ACCOUNT_SIGNUP_FIELDS = ["phone", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# The site says whether a number is taken; otherwise it would go on as if, and send no code.
ACCOUNT_PREVENT_ENUMERATION = False
ACCOUNT_RATE_LIMITS = False
