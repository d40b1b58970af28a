"""Verify a month taken out of the portal: python verify_month.py month.json KEYS (address or file of the public keys)."""

import base64
import hashlib
import json
import sys
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def verify(raw: bytes, keys: list[dict[str, str]]) -> str:
    bundle = json.loads(raw)
    content, chain, before = bundle["content"], bundle["content"]["publications"], ""
    known = {key["key_id"]: base64.b64decode(key["public_key"]) for key in keys}
    key, digest = known[content["key_id"]], hashlib.sha256(canonical(content)).digest()
    Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(bundle["signature"]), digest)
    rows = [(table, row) for table in ("scores", "people") for row in content[table]["rows"]]
    scores = sha256("".join(row[content[table]["columns"].index("digest")] for table, row in rows))
    for link in chain:
        before = sha256(before + link["run_digest"])
        if link["digest"] != before:
            raise ValueError("the chain of publications is broken at " + link["month"])
    if not (canonical(bundle) == raw and scores == content["run"]["digest"] == chain[-1]["run_digest"]):
        raise ValueError("the digests do not cover these scores")
    return f"Sound: {content['month']}, edition {chain[-1]['edition']}, publication {before}"


if __name__ == "__main__":
    where = sys.argv[2]
    told = urllib.request.urlopen(where).read() if "://" in where else Path(where).read_bytes()  # noqa: S310
    try:
        sys.stdout.write(verify(Path(sys.argv[1]).read_bytes(), json.loads(told)["keys"]) + "\n")
    except (InvalidSignature, ValueError, LookupError, TypeError) as fault:
        sys.exit(f"NOT SOUND: {fault!r}")
