"""Django's settings, all of them derived from the environment by `core.settings`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.csp import CSP

from leeward.age import token_keys
from leeward.age.zk import checking
from leeward.core import keys, signing
from leeward.core.config import (
    SECTIONS,
    Age,
    Config,
    Desk,
    Dnsdist,
    Exchange,
    Helplines,
    Intake,
    Jobs,
    Lines,
    Network,
    Screening,
    Server,
    Storage,
)
from leeward.core.settings import WrongSetting, read, unknown

# Names that a start script may set beside the settings: the point at which a kill test ends a process.
_OTHER_NAMES = {"LEEWARD_KILL_AT"}

if _typing_errors := set(unknown(list(SECTIONS.values()), os.environ)) - _OTHER_NAMES:
    raise WrongSetting(f"{sorted(_typing_errors)[0]} is no setting of Leeward; `leeward settings` lists them")

_server, _storage, _intake = read(Server, os.environ), read(Storage, os.environ), read(Intake, os.environ)
_jobs, _network, _screening = read(Jobs, os.environ), read(Network, os.environ), read(Screening, os.environ)
_desk = read(Desk, os.environ)
_dnsdist = read(Dnsdist, os.environ)
if not 1 <= _network.counts_days <= 31:
    raise WrongSetting("LEEWARD_COUNTS_DAYS must be 1 to 31; what families did is kept no longer")
if _network.names_until_band not in {"small", "middle", "none"}:
    raise WrongSetting("LEEWARD_NAMES_UNTIL_BAND must be small, middle or none; names of teenagers are not kept")
_lines = read(Lines, os.environ)
_exchange = read(Exchange, os.environ)
_helplines, _age = read(Helplines, os.environ), read(Age, os.environ)
if _server.web_processes > 1 and not _helplines.chat_layer:
    raise WrongSetting(
        "LEEWARD_WEB_PROCESSES above 1 needs LEEWARD_CHAT_LAYER, or the chat would lose messages between processes; "
        "set it to the address of a Redis or Valkey, such as redis://localhost:6379/0"
    )
if _helplines.chat_layer and urlsplit(_helplines.chat_layer).scheme not in {"redis", "rediss", "unix"}:
    raise WrongSetting("LEEWARD_CHAT_LAYER must be redis://host:port/number, or empty for one web process; correct it")
if not 1 <= _age.token_minutes <= 10:
    raise WrongSetting("LEEWARD_TOKEN_MINUTES must be 1 to 10; what a parent took back must soon hold everywhere")
if _age.step_up_share > 0.2:
    raise WrongSetting("LEEWARD_STEP_UP_SHARE must be 0 to 0.2; a few are asked to show their age twice, not everybody")
if not 5 <= _age.face_buffer_years <= 15:
    raise WrongSetting("LEEWARD_FACE_BUFFER_YEARS must be 5 to 15; a guess from a face is wrong by nearly 5 on average")
if _age.zk_checks and not checking.is_possible():
    raise WrongSetting(
        "LEEWARD_ZK_CHECKS needs the extra `zk`, on Linux on x86-64: install leeward[zk], or set it to false"
    )
_data = _server.data_dir.resolve()
_data.mkdir(parents=True, exist_ok=True)
if not _storage.master_keys:
    object.__setattr__(_storage, "master_keys", keys.kept(_data / "master.keys", keys.new_entry("1")))
keys.parse(_storage.master_keys)
if not _storage.signing_keys:
    object.__setattr__(_storage, "signing_keys", keys.kept(_data / "signing.keys", signing.new_entry()))
signing.parse(_storage.signing_keys)
if not _age.token_keys:
    object.__setattr__(_age, "token_keys", keys.kept(_data / "token.keys", signing.new_entry()))
token_keys.parse(_age.token_keys)
if _jobs.carrier not in {"embedded", "celery"}:
    raise WrongSetting("LEEWARD_CARRIER must be embedded or celery; correct it and start again")
if _jobs.carrier == "celery" and not _jobs.broker:
    raise WrongSetting(
        "LEEWARD_BROKER is needed where LEEWARD_CARRIER is celery; set it to the address of Redis or RabbitMQ"
    )

LEEWARD = Config(
    server=_server,
    storage=_storage,
    intake=_intake,
    jobs=_jobs,
    network=_network,
    dnsdist=_dnsdist,
    screening=_screening,
    desk=_desk,
    lines=_lines,
    exchange=_exchange,
    helplines=_helplines,
    age=_age,
)

SECRET_KEY = _storage.secret_key or keys.kept(_data / "secret.key", secrets.token_urlsafe(48))
DEBUG = _server.debug
# Names are checked by core.middleware.OwnNames, which has an answer of its own for a blocked name that leads here.
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = [_server.site_url]
_is_https = _server.site_url.startswith("https://")

INSTALLED_APPS = [
    "leeward.site.apps.SiteConfig",
    "leeward.cases.apps.CasesConfig",
    "leeward.screening.apps.ScreeningConfig",
    "leeward.filtering.apps.FilteringConfig",
    "leeward.exchange.apps.ExchangeConfig",
    "leeward.families.areas.apps.AreasConfig",
    "leeward.families.vouching.apps.VouchingConfig",
    "leeward.families.permission.apps.PermissionConfig",
    "leeward.families.birthdays.apps.BirthdaysConfig",
    "leeward.families.apps.FamiliesConfig",
    "leeward.limits.apps.LimitsConfig",
    "leeward.reports.apps.ReportsConfig",
    "leeward.indicators.apps.IndicatorsConfig",
    "leeward.helplines.apps.HelplinesConfig",
    "leeward.age.calls.apps.CallsConfig",
    "leeward.age.upstream.apps.UpstreamConfig",
    "leeward.age.apps.AgeConfig",
    "leeward.core.apps.CoreConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ninja",
]

MIDDLEWARE = [
    "leeward.core.middleware.RequestLog",
    "leeward.core.middleware.Problems",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    # Before whoever answers by itself, so that a refusal and the page that explains speak the visitor's language, too.
    "django.middleware.locale.LocaleMiddleware",
    "leeward.core.middleware.BodyLimit",
    "leeward.core.middleware.OwnNames",
    "leeward.reports.api.open_to_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "leeward.core.middleware.DenyByDefault",
    "axes.middleware.AxesMiddleware",
]

CSRF_FAILURE_VIEW = "leeward.site.views.forged"
ROOT_URLCONF = "leeward.site.urls"
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
                "leeward.site.navigation.navigation",
                "leeward.site.navigation.coverage",
                "leeward.site.accounts.parents_sign_up",
            ]
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "leeward.core.sqlite",
            "NAME": str(_data / "leeward.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000;",
            },
            # Opening a connection costs as much as a small answer; each thread keeps its own.
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": str(_data / "test.sqlite3")},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise WrongSetting("LEEWARD_DATABASE must be postgresql://user:password@host:port/name, or empty for SQLite")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _mailer(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    wrong = WrongSetting(
        "LEEWARD_MAIL_SERVER must be smtp://host:port, smtp+starttls://host:port or smtps://host:port; correct it"
    )
    if parts.scheme not in {"smtp", "smtp+starttls", "smtps"} or not parts.hostname:
        raise wrong
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 25)
    except ValueError:
        raise wrong from None
    options = {
        "host": parts.hostname,
        "port": port,
        "use_tls": parts.scheme == "smtp+starttls",
        "use_ssl": parts.scheme == "smtps",
        "timeout": _jobs.http_timeout_s,
    }
    if parts.username:
        options |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


DATABASES = {"default": _database(_storage.database)}
MAILERS = {"default": _mailer(_intake.mail_server)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "leeward.core.outbox.DeliveryBackend"}}

_sealed: dict[str, Any] = {
    "BACKEND": _storage.blob_storage,
    "OPTIONS": {"location": str(_data / "blobs"), "file_permissions_mode": 0o600},
}
if "s3" in _storage.blob_storage:
    _sealed["OPTIONS"] = {
        "bucket_name": _storage.s3_bucket,
        "endpoint_url": _storage.s3_endpoint or None,
        "file_overwrite": False,
    }
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(_data / "files")},
    },
    "sealed": _sealed,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = _data / "static"

# People and sign-in.
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "leeward.site.accounts.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "leeward.site.views.locked_out"
AXES_CLIENT_IP_CALLABLE = "leeward.core.middleware.client_address"
NINJA_NUM_PROXIES = _server.trusted_proxies

# The browser's guards. Referrer-Policy must stay same-origin: with no-referrer, Chromium sends «Origin: null» and CSRF refuses forms.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _server.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Nothing of a visit to a help page stays on a shared machine when its browser is closed.
CSRF_COOKIE_AGE = None
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = _server.max_body_bytes
# What people send is sealed before it touches a disk, so no upload goes to a temporary file.
FILE_UPLOAD_MAX_MEMORY_SIZE = _server.max_body_bytes

# Words and time.
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = _is_https, True, "Lax"
FORMAT_MODULE_PATH = ["leeward.site.formats"]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
LANGUAGES = [
    ("en", "English"),
    ("mn", "Монгол"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
    ("ru", "Русский"),
    ("zh-hans", "中文"),
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "leeward.core.logs.JsonFormatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "leeward": {"level": "INFO"},
        # Of Django's own lines only what broke is kept; the formatter leaves out the path and the text of the exception.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "CRITICAL"},
        "axes": {"level": "CRITICAL"},
    },
}
SILENCED_SYSTEM_CHECKS = [
    "security.W001",  # Middleware order is ours and tested.
]
