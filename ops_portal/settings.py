"""Every setting, from the environment only. docs/settings.md lists the variables; a test keeps the two equal."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pgtrigger
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from ops_portal import wiring
from ops_portal.api_names import API_ENUMS
from ops_portal.environment import (
    database_settings,
    mail_settings,
    read_flag,
    read_list,
    read_number,
    read_text,
    read_version,
)
from ops_portal.schedule import CALENDAR, SCHEDULE

ENV = {name: value for name, value in os.environ.items() if value}  # set to nothing is not set
BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(ENV.get("PORTAL_STATE_DIR", BASE_DIR / ".portal"))
VERSION = read_version(BASE_DIR / "CHANGELOG.md")

# --- Identity and addresses -------------------------------------------------------------------------------------------
DEBUG = read_flag(ENV, "PORTAL_DEBUG", default=False)
SECRET_KEY = read_text(ENV, "SECRET_KEY")
SECRET_KEY_FALLBACKS = read_text(ENV, "SECRET_KEY_FALLBACKS", default="").split()
TOKEN_PEPPER = read_text(ENV, "PORTAL_TOKEN_PEPPER", default=SECRET_KEY)
PUBLIC_URL = ENV.get("PORTAL_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
IS_HTTPS = urlsplit(PUBLIC_URL).scheme == "https"
ALLOWED_HOSTS = read_list(ENV, "PORTAL_ALLOWED_HOSTS", f"{urlsplit(PUBLIC_URL).hostname},127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXY_COUNT = read_number(ENV, "PORTAL_TRUSTED_PROXIES", 0)
IS_DEMO = read_flag(ENV, "PORTAL_DEMO", default=False)
COMPANY_NAME = ENV.get("PORTAL_COMPANY_NAME") or ("Brindlemoor Instruments" if IS_DEMO else "Operations Portal")
FIXED_TODAY = ENV.get("PORTAL_TODAY", "")

# --- Applications -----------------------------------------------------------------------------------------------------
HOUSE_APPS = [
    *("core", "accounts", "jobs", "audit", "notifications", "files", "imports", "periods", "approvals"),
    *("departments", "staff", "kpis", "assessments", "forecasts", "dashboards"),
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    *[f"apps.{name}" for name in HOUSE_APPS],
    "ops_portal.apps.PortalConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "apps.accounts.http.middleware.SessionLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.staff.http.ScopeMiddleware",
    "apps.core.http.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "ops_portal.urls"
WSGI_APPLICATION = "ops_portal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "ops_portal.navigation.portal_context",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "apps.core.templatetags.ui"],
        },
    },
]

# Wiring between apps that may not import each other upward; types are given because the type checker asks here first.
CASE_FOLLOWERS: dict[str, str] = wiring.CASE_FOLLOWERS
DEPARTMENT_FIGURES: str = wiring.DEPARTMENT_FIGURES
DEPARTMENT_FOLLOWERS: list[str] = wiring.DEPARTMENT_FOLLOWERS
FAILED_JOB_TOPIC: str = wiring.FAILED_JOB_TOPIC
FILE_GUARDS: dict[str, str] = wiring.FILE_GUARDS
HISTORY_LINKS: dict[str, str] = wiring.HISTORY_LINKS
IMPORT_TARGETS: list[str] = wiring.IMPORT_TARGETS
INPUT_CAPABILITIES: dict[str, str] = wiring.INPUT_CAPABILITIES
KPI_FOLLOWERS: list[str] = wiring.KPI_FOLLOWERS
PUBLICATION_FOLLOWERS: list[str] = wiring.PUBLICATION_FOLLOWERS
SCOPE_OF: str = wiring.SCOPE_OF

# --- Stores -----------------------------------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {"default": database_settings(read_text(ENV, "DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = read_text(ENV, "REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "apps.core.http.cache.OpenFailingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1.0},
    },
}
MEDIA_ROOT = Path(ENV.get("PORTAL_MEDIA_DIR", STATE_DIR / "media"))
STATIC_URL = "/static/"
STATIC_ROOT = Path(ENV.get("PORTAL_STATIC_DIR", BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "jpeg", "png", "gif", "webp", "gz", "woff2", "map"]

# --- Sign-in ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mail is unique without regard to case: a constraint of the table
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "apps.accounts.http.adapters.PortalBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.http.passwords.PatternValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboards:home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "apps.accounts.http.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "apps.accounts.http.adapters.SocialAccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{COMPANY_NAME}: "
ACCOUNT_RATE_LIMITS = False  # ours count in PostgreSQL: apps.accounts.http.limits
REQUIRE_TOTP = read_flag(ENV, "PORTAL_REQUIRE_TOTP", default=not IS_DEMO)
MFA_ADAPTER = "apps.accounts.http.adapters.MfaAdapter"
MFA_FORMS = {
    "authenticate": "apps.accounts.forms.CodeForm",
    "reauthenticate": "apps.accounts.forms.ConfirmCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = COMPANY_NAME
MFA_TOTP_TOLERANCE = 1  # half a minute early or late (RFC 6238, 5.2): clocks differ, and somebody has to type it
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form would be stopped on its way out by form-action 'self'
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if ENV.get("PORTAL_OIDC_SERVER_URL"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": ENV.get("PORTAL_OIDC_ID", "company"),
                "name": ENV.get("PORTAL_OIDC_NAME", "Company sign-in"),
                "client_id": read_text(ENV, "PORTAL_OIDC_CLIENT_ID"),
                "secret": read_text(ENV, "PORTAL_OIDC_SECRET"),
                "settings": {
                    "server_url": ENV["PORTAL_OIDC_SERVER_URL"],
                    "verified_email": read_flag(ENV, "PORTAL_OIDC_TRUST_EMAIL", default=False),
                },
            },
        ],
    }
AXES_FAILURE_LIMIT = read_number(ENV, "PORTAL_LOGIN_FAILURES", 10)
AXES_COOLOFF_TIME = timedelta(minutes=read_number(ENV, "PORTAL_LOCKOUT_MINUTES", 15))
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_CLIENT_IP_CALLABLE = "apps.accounts.http.addresses.client_address"
AXES_USERNAME_CALLABLE = "apps.accounts.http.adapters.typed_name"
AXES_LOCKOUT_CALLABLE = "apps.accounts.http.adapters.locked_out_page"
AXES_DISABLE_ACCESS_LOG = True  # our own log: accounts.SignIn
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * read_number(ENV, "PORTAL_SESSION_HOURS", 12)
SESSION_IDLE_SECONDS = 60 * read_number(ENV, "PORTAL_SESSION_IDLE_MINUTES", 60)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "apps.core.http.errors.stale_page"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$", r"^ready/$"]
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{name: [SELF] for name in ("style-src", "font-src", "connect-src", "manifest-src", "form-action")},
        **{name: [NONE] for name in ("default-src", "base-uri", "frame-ancestors")},
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
    },
}

# --- Row history ------------------------------------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
PGHISTORY_LEVEL = pgtrigger.Statement

# --- Jobs -------------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_TASK_TIME_LIMIT = 900
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
# A message comes back after the visibility timeout: at least twice the longest hard limit, or a slow task runs twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1_900,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 4,
    # A page must not wait for a broker that is away: one quick second try, then the sweep's turn.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE
JOB_CALENDAR = CALENDAR
JOB_QUEUES = ["sweep", "close", "import", "report", "notify", "default"]

# --- Mail -------------------------------------------------------------------------------------------------------------
EMAIL_FILE_PATH = STATE_DIR / "mail"
globals().update(mail_settings(read_text(ENV, "EMAIL_URL", default="")))
MAIL_BESIDE_REQUEST = True
DEFAULT_FROM_EMAIL = ENV.get("PORTAL_MAIL_FROM", "portal@localhost")
WEBHOOK_ALLOWED_HOSTS = read_list(ENV, "PORTAL_WEBHOOK_ALLOWED_HOSTS")

# --- Language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = ENV.get("PORTAL_TIME_ZONE", "UTC")
COMPANY_ZONE = ZoneInfo(TIME_ZONE)
USE_TZ = True
USE_I18N = True
FISCAL_YEAR_FIRST_MONTH = read_number(ENV, "PORTAL_FISCAL_YEAR_FIRST_MONTH", 1)

# --- Pages and API ----------------------------------------------------------------------------------------------------
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_BYTES = 1024 * 1024 * read_number(ENV, "PORTAL_UPLOAD_MEGABYTES", 25)
EXPORT_ROW_LIMIT = read_number(ENV, "PORTAL_EXPORT_ROWS", 200_000)
API_RATE_PER_MINUTE = read_number(ENV, "PORTAL_API_RATE_PER_MINUTE", 600)
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.http.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.http.permissions.DeclaredCapability"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.accounts.http.throttles.PostgresThrottle"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.http.cursors.CursorPages",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.http.schema.PortalSchema",
    "EXCEPTION_HANDLER": "apps.core.http.api.answer_exception",
    "COERCE_DECIMAL_TO_STRING": True,
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Operations portal API",
    "DESCRIPTION": "What the pages show and do, for other systems. One error shape; writes take an Idempotency-Key, but for "
    "those of API keys.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": API_ENUMS,
}

# --- Logs -------------------------------------------------------------------------------------------------------------
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "apps": {"level": "INFO"},
        "django_structlog": {"level": "INFO"},
        "axes": {"level": "ERROR"},
    },
}
