"""Settings for tests: same stores, same code, cheaper passwords and no hashed file names."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)

from ops_portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
REQUIRE_TOTP = False
MAIL_BESIDE_REQUEST = False
TOKEN_PEPPER = "only-for-tests"  # noqa: S105 - not a secret
LOGGING = {"version": 1, "disable_existing_loggers": False}
