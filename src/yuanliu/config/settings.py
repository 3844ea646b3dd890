"""Wire the rooms together. Every choice a deployment may make is an environment variable:

YUANLIU_HOME                  directory of data and keys (see `environment.home_of`)
YUANLIU_DATABASE_URL          sqlite:///path or postgresql://…; default: SQLite in the home
YUANLIU_SECRET_KEY            default: made once, kept in <home>/secret.key
YUANLIU_ALLOWED_HOSTS         names the server answers to, with commas; default: this machine
YUANLIU_HTTPS                 1 where readers come by https: secure cookies, HSTS
YUANLIU_BEHIND_PROXY          1 where a proxy sets X-Forwarded-Proto and strips it from outside
YUANLIU_CSRF_TRUSTED_ORIGINS  further origins that may post, with commas, each with its scheme
YUANLIU_TIME_ZONE             the zone whose times pages show, as Asia/Shanghai; default: UTC
YUANLIU_LOG_LEVEL             default: INFO
YUANLIU_DEBUG                 1 only at a developer's desk: pages show the program's insides
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from yuanliu.config.environment import (
    database_of,
    home_of,
    secret_key_of,
    words_of,
    yes_or_no,
)

PACKAGE = Path(__file__).resolve().parent.parent
YUANLIU_HOME = home_of(os.environ, source=Path(__file__), user=Path.home())

# Rooms and what carries them ---------------------------------------------------------------------

INSTALLED_APPS = [
    "yuanliu.ledger",
    "yuanliu.masterdata",
    "yuanliu.accounts",
    "yuanliu.lots",
    "yuanliu.genealogy",
    "yuanliu.exchange",
    "yuanliu.capture",
    "yuanliu.trace",
    "yuanliu.recall",
    "yuanliu.web",
    "yuanliu.api",
    "yuanliu.cli",
    "ninja",  # so that the API's documentation page uses files of ours, not of another host
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "yuanliu.config.security.ContentSecurity",
    "yuanliu.api.problems.ProblemsOnly",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Deny by default: a view that strangers may see says so itself.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "yuanliu.config.urls"
WSGI_APPLICATION = "yuanliu.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data --------------------------------------------------------------------------------------------

DATABASES = {
    "default": database_of(
        os.environ.get("YUANLIU_DATABASE_URL", ""),
        home=YUANLIU_HOME,
        sqlite_version=sqlite3.sqlite_version_info,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who may do what ---------------------------------------------------------------------------------

DEBUG = yes_or_no(os.environ, "YUANLIU_DEBUG")
SECRET_KEY = secret_key_of(os.environ, home=YUANLIU_HOME)
ALLOWED_HOSTS = words_of(os.environ, "YUANLIU_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words_of(os.environ, "YUANLIU_CSRF_TRUSTED_ORIGINS")

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
SESSION_COOKIE_AGE = 12 * 3600  # a shift: whoever comes back the next day logs in again
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "yuanliu.web.errors.form_too_old"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20  # bytes of one request; the API says 413 beyond it

HTTPS = yes_or_no(os.environ, "YUANLIU_HTTPS")
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if yes_or_no(os.environ, "YUANLIU_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Languages and time ------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("YUANLIU_TIME_ZONE") or "UTC"

# Files -------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
# Served from the rooms themselves: nothing is collected, and nothing can be stale.
WHITENOISE_USE_FINDERS = True

# What is told to the operator --------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
    },
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    "loggers": {
        "yuanliu": {"level": os.environ.get("YUANLIU_LOG_LEVEL") or "INFO"},
        "django": {"handlers": ["terminal"], "level": "WARNING", "propagate": False},
    },
}
