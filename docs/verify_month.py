"""Verify a month taken out of the portal: python verify_month.py month.json KEYS (address or file of the public keys)."""

import json
import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

raw, where = Path(sys.argv[1]).read_bytes(), sys.argv[2]
keys = json.loads(urlopen(where).read() if "://" in where else Path(where).read_bytes())["keys"]  # noqa: S310
try:
    bundle = json.loads(raw)
    content, chain = bundle["content"], bundle["content"]["publications"]
    whole, told = (json.dumps(x, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for x in (bundle, content))
    key = {one["key_id"]: b64decode(one["public_key"]) for one in keys}[content["key_id"]]
    Ed25519PublicKey.from_public_bytes(key).verify(b64decode(bundle["signature"]), sha256(told.encode()).digest())
    tables, links = (content["scores"], content["people"]), [link["digest"] for link in chain]
    rows = "".join(row[table["columns"].index("digest")] for table in tables for row in table["rows"])
    scores = {sha256(rows.encode()).hexdigest(), content["run"]["digest"], chain[-1]["run_digest"]}
    chained = [before + link["run_digest"] for before, link in zip(["", *links], chain, strict=False)]
    are_linked = links == [sha256(text.encode()).hexdigest() for text in chained]
    if whole.encode() != raw or len(scores) > 1 or not are_linked:
        sys.exit("NOT SOUND: the digests do not cover these scores, or the chain of publications is broken")
except (InvalidSignature, ValueError, LookupError, TypeError) as fault:
    sys.exit(f"NOT SOUND: {fault!r}")
sys.stdout.write(f"Sound: {content['month']}, edition {chain[-1]['edition']}, publication {links[-1]}\n")
