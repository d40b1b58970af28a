"""The key that signs bundles of published months: Ed25519, derived from the portal's secret, so that none is to be kept.

The label keeps it apart from whatever else the secret signs. Where the secret was changed, former values that are still set
(SECRET_KEY_FALLBACKS) go on answering for the bundles they signed.
"""

import base64
import hashlib
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.urls import reverse

LABEL = b"operations portal: bundles of assessed months, 1"
KEY_ID_LENGTH = 16


class SigningKey(NamedTuple):
    """One public key. `key_id`: the first 16 signs of the SHA-256 of its 32 bytes; `public_key`: these in base64."""

    key_id: str
    public_key: str


def private_key(secret: str) -> Ed25519PrivateKey:
    """The key of a SECRET: the same for the same secret (HKDF with SHA-256, RFC 5869)."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=LABEL).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)


def public_part(key: Ed25519PrivateKey) -> SigningKey:
    """What others need to check what KEY signed."""
    plain = key.public_key().public_bytes_raw()
    return SigningKey(hashlib.sha256(plain).hexdigest()[:KEY_ID_LENGTH], base64.b64encode(plain).decode())


def signing_keys() -> list[SigningKey]:
    """The public key that signs now, then the former ones that are still known."""
    return [public_part(private_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def keys_address() -> str:
    """Where anybody reads the public keys."""
    return f"{settings.PUBLIC_URL}{reverse('assessments:signing_keys')}"


def sign(digest: bytes) -> str:
    """The present key's signature over the 32 bytes of a SHA-256, in base64."""
    return base64.b64encode(private_key(settings.SECRET_KEY).sign(digest)).decode()
