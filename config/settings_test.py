"""Settings of the test suite: fast hashes, mail kept in memory, plain static files; otherwise the real ones.

`DATABASE_URL` and `CELERY_BROKER_URL` choose the services, so the same suite runs on SQLite and on PostgreSQL.
"""

import os
import tempfile

os.environ.setdefault("VAR", tempfile.mkdtemp(prefix="fourstroke-test-"))
os.environ.setdefault("SECRET_KEY", "only-for-tests")

from config.settings import *  # noqa: F403 (the environment has to be set before the settings read it)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["*"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  (whitenoise warns of a folder that is not there)
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # A real file, as in production: in memory, threads share one cache and its locks do not wait for each other.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}  # noqa: F405
