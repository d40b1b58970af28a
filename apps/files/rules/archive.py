"""What the directory of a zip file says, before anything is unpacked."""

import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from apps.files.rules.problems import FileProblem

WORKBOOK_PARTS = ("[Content_Types].xml", "xl/workbook.xml")
END_RECORD = b"PK\x05\x06"
MACRO_PARTS = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/|activeX/|embeddings/)", re.IGNORECASE)
CONTENT_TYPES_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds of one archive: a bomb meets one of them in the directory, before a byte is unpacked."""

    unpacked_bytes: int = 200 * 1024 * 1024
    ratio: int = 80
    """Unpacked against packed size, above `free_bytes`: honest documents stay under 40."""
    free_bytes: int = 4 * 1024 * 1024
    entries: int = 1_000


def check_workbook(path: Path, *, limits: ArchiveLimits) -> None:
    """Refuse an archive that is too large, crafted, encrypted, carries macros or is no workbook at all."""
    check_entry_count(path, limits=limits)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            check_members(members, packed=path.stat().st_size, limits=limits)
            check_contents(archive, [member.filename for member in members])
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise FileProblem("damaged_archive") from error


def check_entry_count(path: Path, *, limits: ArchiveLimits) -> None:
    """Read the count of entries from the end record: listing ten thousand of them is already work."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 66_000))
        tail = file.read()
    at = tail.rfind(END_RECORD)
    if at >= 0 and len(tail) >= at + 12:
        count = int.from_bytes(tail[at + 10 : at + 12], "little")
        if count > limits.entries:
            raise FileProblem("too_many_entries", count=count, limit=limits.entries)


def check_members(members: list[zipfile.ZipInfo], *, packed: int, limits: ArchiveLimits) -> None:
    """Refuse names that point outside, links, encryption, repeats, and sizes that no honest workbook has."""
    if len(members) > limits.entries:
        raise FileProblem("too_many_entries", count=len(members), limit=limits.entries)
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise FileProblem("crafted_archive")
    for member in members:
        check_member(member)
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes:
        raise FileProblem("unpacks_too_large", megabytes=unpacked // 2**20, limit=limits.unpacked_bytes // 2**20)
    if unpacked > limits.free_bytes and unpacked > limits.ratio * max(packed, 1):
        raise FileProblem("unpacks_too_large", megabytes=unpacked // 2**20, limit=limits.ratio * packed // 2**20)


def check_member(member: zipfile.ZipInfo) -> None:
    """One entry: no way out of the archive, no link, not encrypted."""
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\x00" in member.orig_filename:
        raise FileProblem("crafted_archive")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FileProblem("crafted_archive")
    if member.flag_bits & 0x1:
        raise FileProblem("encrypted")


def check_contents(archive: zipfile.ZipFile, names: list[str]) -> None:
    """It must be a workbook, and one without macros or embedded programs."""
    if any(part not in names for part in WORKBOOK_PARTS):
        raise FileProblem("not_a_workbook")
    if any(MACRO_PARTS.search(name) for name in names):
        raise FileProblem("macros")
    with archive.open(WORKBOOK_PARTS[0]) as part:
        if b"macroenabled" in part.read(CONTENT_TYPES_BYTES).lower():
            raise FileProblem("macros")
