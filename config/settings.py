"""Every setting, read from the environment where operators change it (README, configuration table)."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import embedded, logs
from config.collectors import EXPORTER, checked_collector
from config.webhooks import checked_webhook


class Environment(environ.Env):
    """Says of a number that isn't one which variable holds it."""

    def get_value(self, var: str, cast: Any = None, **options: Any) -> Any:
        try:
            return super().get_value(var, cast=cast, **options)
        except ValueError as error:
            if cast not in (int, float):
                raise
            raise ImproperlyConfigured(f"{var}={os.environ.get(var)}: it must be a number") from error


env = Environment()


def database(url: str) -> dict:
    """Connection settings for Postgres: limits and role go into each connection's start-up options."""
    settings = env.db_url_config(url)
    settings["ENGINE"] = "bars.postgresql"
    limits = {
        "lock_timeout": env("DATABASE_LOCK_TIMEOUT", default="2s"),
        "statement_timeout": env("DATABASE_STATEMENT_TIMEOUT", default="0"),
        "transaction_timeout": env("DATABASE_TRANSACTION_TIMEOUT", default="0"),
        "idle_in_transaction_session_timeout": env("DATABASE_IDLE_TIMEOUT", default="60s"),
    }
    # Ignores no trigger. Unset, each trigger would raise and catch an error to find that out.
    limits["pgtrigger.ignore"] = "{}"
    if role := env("DATABASE_APP_ROLE", default=""):
        limits["role"] = role
    options = settings.setdefault("OPTIONS", {})
    # Planned once a connection, a sale's statements take half the time. Not behind a pooler of transactions.
    prepares = env.bool("DATABASE_PREPARE", default=True)
    options |= {"server_side_binding": True, "prepare_threshold": 5 if prepares else None}
    options["options"] = " ".join(f"-c {name}={value}" for name, value in limits.items())
    settings["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=0)
    if template := env("TEST_TEMPLATE", default=""):
        settings["TEST"] = {"TEMPLATE": template}
    return settings


def broker(url: str) -> str:
    """Celery's spelling of a Valkey URL: unix:// becomes redis+socket://."""
    return url.replace("unix://", "redis+socket://", 1)


BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded.data_dir()
DEBUG = env.bool("DEBUG", default=False)
DEMO_SECRET_KEY = "demo-only-never-in-production-" + "0" * 32
SECRET_KEY = env("SECRET_KEY", default=DEMO_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
PORT = env("PORT", default="8000")  # a text here: `up` says what is wrong with it
# Scheme, host and port of the pages that may open a WebSocket or post a form.
TRUSTED_ORIGINS = env.list("TRUSTED_ORIGINS", default=[f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}"])
CSRF_TRUSTED_ORIGINS = TRUSTED_ORIGINS
IS_PUBLIC = bool(set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"})
if IS_PUBLIC and DEMO_SECRET_KEY in (SECRET_KEY, *SECRET_KEY_FALLBACKS):
    raise ImproperlyConfigured("SECRET_KEY: set your own before serving any host but this machine")

INSTALLED_APPS = [
    "daphne",  # first: replaces runserver
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "csp",
    "heroicons",
    "ninja",  # so that its page of documentation is made of files: the policy refuses inline code
    "pgtrigger",
    "django_celery_beat",
    "config",
    "stats",
    "sales",
    "stock",
    "bars",
    "realtime",
]

MIDDLEWARE = [
    "config.tracing.TracingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.CompressionMiddleware",  # outside of what reads or tags a body
    "csp.middleware.CSPMiddleware",
    "config.caching.PrivateMiddleware",
    "config.edge.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bars.devices.DeviceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.refusals.RefusalMiddleware",
    "config.pwa.VersionMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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

DATABASE_URL = env("DATABASE_URL", default="") or embedded.database_url(DATA_DIR)
DATABASES = {"default": database(DATABASE_URL)}
if REPLICA_URL := env("REPLICA_URL", default=""):  # a streaming standby: stats/figures/reading.py
    DATABASES["replica"] = database(REPLICA_URL) | {"TEST": {"MIRROR": "default"}}
    DATABASES["replica"]["OPTIONS"]["connect_timeout"] = 2
DATABASE_BACKUP_URL = env("DATABASE_BACKUP_URL", default="")  # of a role that may copy the cluster (config/backups)
REDIS_URL = env("REDIS_URL", default="") or embedded.redis_url(DATA_DIR)
REDIS_PREFIX = env("REDIS_PREFIX", default="bartender")
CHANNEL_LAYERS = {
    "default": {
        # The core layer drops messages silently above its capacity; pub/sub doesn't.
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [REDIS_URL],
            "prefix": REDIS_PREFIX,
            "symmetric_encryption_keys": [SECRET_KEY, *SECRET_KEY_FALLBACKS],
        },
    },
}
# From the signal that asks a web process to let go of its connections to the one that ends it.
DRAIN_SECONDS = env.float("DRAIN_SECONDS", default=1.0)
DOORBELL = env("DOORBELL", default="adaptive")  # adaptive, or always: whether commits ring while the relay is awake
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
    },
}

CELERY_BROKER_URL = broker(REDIS_URL)
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_PREFIX}:"}

AUTH_USER_MODEL = "bars.User"
AUTHENTICATION_BACKENDS = ["bars.signing_in.GuardedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "bars"
LOGOUT_REDIRECT_URL = "login"

HTTPS = env.bool("HTTPS", default=False)
SESSION_ENGINE = "bars.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # seconds: a shift and what comes before and after it
SESSION_IDLE = 2 * 3600  # seconds without a request or an open page
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# So named, a browser takes a cookie over TLS alone, and of this host alone: no other name of the domain plants one.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME, DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}language", f"{COOKIE_PREFIX}device"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# What the other names of the domain do is not ours to promise to browsers.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_MAX_MEMORY_SIZE = 262_144  # of a body, the file in it included; the rest of it waits on disk
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# Found, not imported: it wants numpy.
STATICFILES_DIRS = [("uplot", Path(str(find_spec("uplot").origin)).parent / "static")]  # type: ignore[union-attr]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.compression.StaticStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG or env.bool("WHITENOISE_USE_FINDERS", default=False)

OPEN_BARS = env.bool("OPEN_BARS", default=True)  # whether owners, and who is in no bar, open bars themselves
RATE_LIMIT = env.int("RATE_LIMIT", default=1000)  # requests in 15 minutes to the API: each person's; 0 counts nobody's
HANDSHAKE_LIMIT = env.int("HANDSHAKE_LIMIT", default=600)  # WebSockets in 15 minutes: each person's; 0 counts nobody's
SIGN_IN_LIMIT = env.int("SIGN_IN_LIMIT", default=10)  # wrong passwords in 15 minutes: of an account at an address
MOST_LIVE_OF_AN_ADDRESS = env.int("MOST_LIVE_OF_AN_ADDRESS", default=200)  # live connections without signing in
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])  # addresses whose X-Forwarded-For and X-Request-ID count
METRICS_ALLOW = env.list("METRICS_ALLOW", default=[])  # addresses that may read /metrics without signing in

ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])  # who is written to when an alert opens and when it ends
ALERT_WEBHOOK = checked_webhook(env("ALERT_WEBHOOK", default=""))  # where it is posted to as well
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("EMAIL_FROM", default="bartender@localhost")
EMAIL_TIMEOUT = 10  # seconds
DATABASE_CORES = env.int("DATABASE_CORES", default=os.cpu_count() or 1)  # processors of its server
DATABASE_STORAGE = env.float("DATABASE_STORAGE", default=0)  # gigabytes that it may fill; 0 where only its disk says

# Dollars, for the estimate of what a bar costs (config/costs.py); where each comes from: docs/scaling.md.
PRICES = {
    "month": env.float("PRICE_MONTH", default=25),  # of all bars together, whatever they use
    "requests": env.float("PRICE_MILLION_REQUESTS", default=0.07),
    "statements": env.float("PRICE_MILLION_STATEMENTS", default=0.5),
    "messages": env.float("PRICE_MILLION_MESSAGES", default=0.00003),
    "gigabytes": env.float("PRICE_GIGABYTE", default=0),
    "connections": env.float("PRICE_CONNECTION_MONTH", default=0.01),
    "target": env.float("PRICE_TARGET", default=0.5),  # what a bar may cost a month
}

OTEL_EXPORTER_OTLP_ENDPOINT = checked_collector(
    "OTEL_EXPORTER_OTLP_ENDPOINT", env("OTEL_EXPORTER_OTLP_ENDPOINT", default=""), EXPORTER, "otel"
)
SENTRY_DSN = checked_collector("SENTRY_DSN", env("SENTRY_DSN", default=""), "sentry_sdk", "sentry")

PGTRIGGER_SCHEMA_EDITOR = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOG_FORMAT = env("LOG_FORMAT", default="line")
if LOG_FORMAT not in logs.RENDERERS:
    raise ImproperlyConfigured(f"LOG_FORMAT={LOG_FORMAT}: choose one of {', '.join(logs.RENDERERS)}")
LOGGING = logs.logging_config(LOG_FORMAT, env("LOG_LEVEL", default="INFO"))
