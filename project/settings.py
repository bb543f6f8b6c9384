"""The demo's settings: they work with no environment at all, and for production read it.

A server has to be told which of the two it is for. With `DEBUG=0` nothing that protects something
has a default: secrets must be given.
"""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from project import env
from project.databases import database

BASE_DIR = Path(__file__).resolve().parent.parent

# For `make demo` on one's own machine only: anybody can read these two.
DEMO_ONLY_SECRET_KEY = "demo-only-secret-key-that-everybody-can-read"  # noqa: S105 (a demo's)
DEMO_ONLY_TAVUS_SECRET = "demo-only-tavus-secret-that-everybody-can-read"  # noqa: S105 (a demo's)

# Set by wsgi.py and asgi.py; empty for `manage.py`, whose server is for one's own machine.
SERVER = env.text("PROJECT_SERVER")

if SERVER and not env.text("DEBUG"):
    raise ImproperlyConfigured(
        "The environment variable DEBUG must be given to a server: 0 in production. With 1 it "
        "shows errors to everybody, and its secrets stand in project/settings.py."
    )
DEBUG = env.flag("DEBUG", default=True)
SECRET_KEY = env.text("SECRET_KEY", DEMO_ONLY_SECRET_KEY if DEBUG else "")
TAVUS_SECRETS = env.words("TAVUS_HOOKS_SECRETS") or ([DEMO_ONLY_TAVUS_SECRET] if DEBUG else [])

if not SECRET_KEY:
    raise ImproperlyConfigured(
        "With DEBUG=0 the environment variable SECRET_KEY must hold a long random text."
    )
if not TAVUS_SECRETS:
    raise ImproperlyConfigured(
        "With DEBUG=0 the environment variable TAVUS_HOOKS_SECRETS must hold a long random text "
        "that signs the callback URLs (or several, separated by commas)."
    )

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

TAVUS_HOOKS = {
    "SECRETS": TAVUS_SECRETS,
    "DISPATCHER": env.text("TAVUS_HOOKS_DISPATCHER", "inline"),
    "PUBLIC_BASE_URL": env.text("PUBLIC_BASE_URL"),
    "RETAIN": {
        "transcripts": "52w",
        "analyses": "52w",
        "bodies": "90d",
        "failures": "90d",
        "refusals": "90d",
        "accesses": "52w",
    },
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "tavus_hooks",
    "project",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": database(
        env.text("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
        server=SERVER,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# WhiteNoise finds the apps' files by itself: nothing has to be collected for either server. A root
# is for those who want `collectstatic` all the same.
STATIC_URL = "static/"
STATIC_ROOT = env.text("STATIC_ROOT") or None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Each record once, on the console: the root's handler is the only one.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"tokens": {"()": "tavus_hooks.log.RedactCallbackTokens"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["tokens"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "project": {"level": "INFO"},
        "tavus_hooks": {"level": "INFO"},
    },
}

if not DEBUG:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", default=30 * 24 * 60 * 60)
    # Both speak for every other site of the domain, which is not this one's to decide.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    if env.flag("BEHIND_PROXY", default=False):
        # Only behind a proxy that always sets or removes it: otherwise any client could claim it.
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
