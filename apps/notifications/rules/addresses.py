"""Which addresses a webhook may call: public ones, over https; others only where the operator lists the host."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 500
# Not marked private by the standard library, but no place for a company's webhook: carriers' own, 6to4, NAT64, Teredo.
UNROUTED = tuple(
    map(ip_network, ("100.64.0.0/10", "192.88.99.0/24", "2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32"))
)


def is_public(address: str) -> bool:
    """Whether an IP address is on the open internet: not private, loopback, link-local, reserved or a tunnel to those."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if any(found in network for network in UNROUTED if network.version == found.version):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def address_problem(url: str, *, allowed_hosts: Collection[str]) -> str:
    """Why URL cannot be a webhook's address, as a code (too_long, malformed, credentials, scheme, inside); '' when it can.

    Names are resolved later, at each call.
    """
    if len(url) > LONGEST_URL:
        return "too_long"
    parts = _parts_of(url)
    if parts is None:
        return "malformed"
    host = parts.hostname or ""
    if parts.username or parts.password:
        return "credentials"
    if host in allowed_hosts:
        return "" if parts.scheme in {"http", "https"} else "scheme"
    if parts.scheme != "https":
        return "scheme"
    return "inside" if _is_inside(host) else ""


def _parts_of(url: str) -> SplitResult | None:
    if any(char.isspace() or not char.isprintable() for char in url):
        return None
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_whole else None


def _is_inside(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")) or "." not in host
