"""What an uploaded file is by its content, and how its name is stored."""

import re
import unicodedata
import zipfile
from pathlib import Path

from apps.files.rules.archive import ArchiveLimits, check_entry_count, check_members
from apps.files.rules.problems import FileProblem

MAGIC = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"))
DOCUMENT_PARTS = {"xl/workbook.xml": "xlsx", "word/document.xml": "docx"}
TEXT_KINDS = {".csv": "csv", ".tsv": "csv", ".txt": "text", ".json": "json"}
MARKUP = re.compile(rb"\A\s*<(\?xml|!doctype|html|svg|script)", re.IGNORECASE)
MIME_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
    "text": "text/plain",
    "json": "application/json",
}
LONGEST_NAME = 200


def kind_of_file(path: Path, *, name: str) -> str:
    """The kind of an uploaded file, by content; text is told apart by its extension. Anything else is refused."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise FileProblem("empty")
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return kind_of_archive(path)
    if MARKUP.match(head):
        raise FileProblem("markup")
    extension = Path(name.lower()).suffix
    is_utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if extension not in TEXT_KINDS or (b"\x00" in head and not is_utf16):
        raise FileProblem("wrong_kind")
    return TEXT_KINDS[extension]


def kind_of_archive(path: Path) -> str:
    """Office documents only, none with macros, none crafted."""
    limits = ArchiveLimits()
    check_entry_count(path, limits=limits)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise FileProblem("damaged_archive") from error
    check_members(members, packed=path.stat().st_size, limits=limits)
    names = {member.filename for member in members}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileProblem("macros")
    for part, kind in DOCUMENT_PARTS.items():
        if part in names:
            return kind
    raise FileProblem("wrong_kind")


def safe_name(name: str) -> str:
    """The last part of the name without characters that hide, break a header or climb folders."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C" and char not in '"<>:|?*')
    kept = kept.strip(" .") or "file"
    stem, dot, extension = kept.rpartition(".")
    if dot and len(kept) > LONGEST_NAME:
        return stem[: LONGEST_NAME - len(extension) - 1] + "." + extension[:20]
    return kept[:LONGEST_NAME]
