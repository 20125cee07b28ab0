"""Pictures of people and the logo of the workspace: given where there is none, and once only.

Whoever chose a picture on the target, or took one away there, keeps their choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twentysync.documents.paths import is_id
from twentysync.errors import NotPermitted, ServerRefused
from twentysync.records.read.file_references import NO_ID, TOO_OLD, kind_of, place_of
from twentysync.records.schema.columns import MEMBER
from twentysync.records.storage.journal import Journal
from twentysync.records.translate.member_mapping import Members, email_of
from twentysync.records.write.summary import PushSummary
from twentysync.twenty.records.api import Record
from twentysync.twenty.records.pictures import MOST_BYTES, PictureApi

_GONE = "the source itself cannot give any more"
_LARGE = "larger than the 10 MB that the target takes"
_ELSEWHERE = "on other servers, of which the target shows none: people upload one themselves"
_LOGO_ELSEWHERE = "on another server: set the logo in Settings, General"


@dataclass(frozen=True, slots=True)
class _Portrait:
    """One picture of the source, and whose it becomes: None for the workspace's logo."""

    id: str
    file: Mapping[str, Any]
    member: str | None


class Avatars:
    """Gives them, but for those that were `given` before. What cannot be given is counted."""

    def __init__(
        self,
        api: PictureApi,
        folder: Path,
        journal: Journal,
        summary: PushSummary,
        given: Mapping[str, str],
    ) -> None:
        self._api = api
        self._folder = folder
        self._journal = journal
        self._summary = summary
        self._given = given

    def upload_avatars(
        self, people: Sequence[Record], there: Iterable[Record], members: Members
    ) -> None:
        """Give people of the source their pictures where they have none on the target."""
        living = {email_of(row): row for row in there if not row.get("deletedAt")}
        for row in people:
            mine = living.get(members.emails.get(row["id"], ""))
            if mine is None:
                continue
            if row.get("avatarUrl"):
                self._summary.files_failed[MEMBER, _ELSEWHERE] += 1
            elif row.get("avatarFile") and not mine.get("avatarUrl"):
                self._give(_Portrait(row["id"], row["avatarFile"][0], mine["id"]))

    def give_logo(self, logo: Mapping[str, Any], *, has_one: bool) -> None:
        """Give the target the logo that the store has, unless it has one."""
        if logo.get("logo"):
            self._summary.files_failed["workspace", _LOGO_ELSEWHERE] += 1
        elif logo.get("avatarFile") and not has_one:
            self._give(_Portrait(logo["id"], logo["avatarFile"][0], None))

    def _give(self, portrait: _Portrait) -> None:
        if portrait.id in self._given:
            return
        file_id = portrait.file.get("fileId")
        if is_id(file_id):
            path = place_of(self._folder, file_id)
            reason = self._why_not(path) or self._send(portrait, path)
        else:
            reason = NO_ID
        if reason is not None:
            self._summary.files_failed[MEMBER if portrait.member else "workspace", reason] += 1

    def _why_not(self, path: Path) -> str | None:
        if not path.is_file():
            return _GONE
        if not self._api.can_face:
            return TOO_OLD
        return _LARGE if path.stat().st_size > MOST_BYTES else None

    def _send(self, portrait: _Portrait, path: Path) -> str | None:
        """Send one; why it was refused, if it was."""
        data = path.read_bytes()
        name = f"picture.{portrait.file.get('extension') or kind_of(path) or 'png'}"
        try:
            if portrait.member:
                found = self._api.give_face(portrait.member, name, data)
            else:
                found = self._api.give_logo(name, data)
        except (NotPermitted, ServerRefused) as refusal:
            return refusal.message
        self._journal.note({"t": "portrait", "id": portrait.id, "as": found})
        self._summary.files += 1
        self._summary.file_bytes += len(data)
        return None
