"""Files of a workspace: fetched from their signed addresses, uploaded for a FILES field.

Sources: record-api reference 7.2 and 7.3 (addresses are signed for a day, the host in them is the
server's setting and often wrong), 7.4 (three steps; the address of the second may belong to a
store that must not see the key; the third looks at the first bytes). None of these requests counts
against the limit of the record API.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from twentysync.documents.atomic import replacing
from twentysync.errors import (
    OutcomeUnknown,
    ServerRefused,
    TwentysyncError,
    Unreachable,
)
from twentysync.twenty.http.bodies import unpacked
from twentysync.twenty.http.budget import variable_of, within
from twentysync.twenty.http.places import Elsewhere
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.workspace import Workspace

_BLOCK = 256 * 1024
_TRIES = 6
#: The server takes no more in one file (record-api 7.8).
MOST_BYTES = 1024**3
_CREATE = """mutation Twentysync($filename: String!, $size: Float!, $field: String!) {
  createFileUpload(filename: $filename, size: $size, fileFolder: FilesField,
    fieldMetadataId: $field) { fileId uploadUrl contentType } }"""
_CREATE_SMALL = """mutation Twentysync($file: Upload!, $field: String!) {
  uploadFilesFieldFile(file: $file, fieldMetadataId: $field) { id } }"""
_COMPLETE = """mutation Twentysync($file: String!) {
  completeFileUpload(fileId: $file) { id size } }"""


class FileGone(TwentysyncError):
    """The server has the record but not the file."""


class FileElsewhere(FileGone):
    """A record names an address at which the workspace does not keep its files."""


class FileExpired(TwentysyncError):
    """The address ran out: read the record again for a fresh one."""


class FileRefused(TwentysyncError):
    """The target takes no such file."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file is told by."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that is on the target and belongs to no record yet."""

    id: str
    digest: Digest


class FileApi:
    """Fetches and uploads the files of one workspace. Safe to use from several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._transport = workspace.transport
        self._places = self._transport.places()
        self._http = workspace.transport.without_key(self._places)
        self._budget = self._transport.budget

    @property
    def can_upload(self) -> bool:
        """Whether the server has FILES fields that a key can fill."""
        return self._workspace.schema.has_field("Mutation", "createFileUpload")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # -- fetching ---------------------------------------------------------------------------

    def fetch(self, address: str, path: Path) -> Digest:
        """Write a file to `path`, streamed; the file is there whole or not at all.

        Raises FileGone, FileExpired, Unreachable.
        """

        def keep() -> Digest:
            with replacing(path) as out:
                return self._read(address, out.write)

        return self._again(keep, address)

    def digest(self, address: str) -> Digest:
        """Size and hash of a file, without keeping it. Raises as `fetch`."""
        return self._again(lambda: self._read(address, lambda _: 0), address)

    def _read(self, address: str, write: Any) -> Digest:
        hasher, size = hashlib.sha256(), 0
        with (
            within(self._budget.file_seconds),
            self._http.stream("GET", self._place(address), follow_redirects=True) as response,
        ):
            if response.status_code in (401, 403):
                raise FileExpired("the address of a file ran out")
            if response.status_code >= 500 or response.status_code == 429:
                raise httpx.ReadError(f"HTTP {response.status_code}")
            if response.status_code != 200:  # another success is a part of it, or nothing
                raise FileGone(f"the server has no such file (HTTP {response.status_code})")
            what = f"a file at {response.url.host}"
            for block in unpacked(response, self._budget.file_bytes, what, variable_of("file_mb")):
                hasher.update(block)
                size += len(block)
                write(block)
        return Digest(size, hasher.hexdigest())

    def _place(self, address: str) -> httpx.URL:
        """Where a file is fetched. Raises FileElsewhere, FileGone."""
        try:
            url = httpx.URL(self._here(address))
            self._places.check_start(url)
        except (httpx.InvalidURL, ValueError) as fault:
            raise FileGone(f"the address of a file is none ({fault})") from fault
        except Elsewhere as fault:
            raise FileElsewhere(fault.message) from fault
        return url

    def _here(self, address: str) -> str:
        """The address at the server that the person named: its own idea of its host may be wrong.

        Addresses of a store elsewhere (S3) stay as they are.
        """
        parts = urlsplit(address)
        path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
        if not parts.scheme and not path.startswith(("/file", "/files")):
            path = f"/files{path}"  # 1.x: a picture's address is what follows /files/
        if not path.startswith(("/file/", "/files/", "/file-upload/")):
            return address
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._transport.url}{path}{query}"

    def _again(self, attempt: Any, address: str) -> Digest:
        began = time.monotonic()
        for number in range(_TRIES):
            try:
                found: Digest = attempt()
            except Elsewhere as fault:
                raise FileElsewhere(fault.message) from fault
            except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as fault:
                raise FileGone(f"the address of a file leads nowhere ({fault})") from fault
            except (httpx.HTTPError, httpx.StreamError) as fault:
                # What took all of its time once would take it again.
                if number == _TRIES - 1 or time.monotonic() - began > self._budget.file_seconds:
                    raise Unreachable(
                        f"a file could not be had from {urlsplit(address).netloc or 'the server'}: "
                        f"{str(fault) or type(fault).__name__}",
                        hint="run the same command again: files that are there are not fetched "
                        "again",
                    ) from fault
                self._transport.pause(_backoff(number), "trying again: a file")
            else:
                return found
        raise AssertionError("unreachable")

    # -- uploading --------------------------------------------------------------------------

    def upload(self, path: Path, name: str, field_id: str) -> Uploaded:
        """Upload a file for a FILES field of the target. Raises FileRefused, Unreachable."""
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise FileRefused("the file is larger than the 1 GB that the target takes")
        try:
            return self._upload(path, name, size, field_id)
        except ServerRefused as refusal:
            words = refusal.message.lower()
            if "extension" not in words and "content" not in words:
                raise FileRefused(refusal.message) from refusal
        try:  # its bytes are not what its name says: the label keeps the name
            return self._upload(path, f"{name}.bin", size, field_id)
        except ServerRefused as refusal:
            raise FileRefused(refusal.message) from refusal

    def _upload(self, path: Path, name: str, size: int, field_id: str) -> Uploaded:
        if size == 0:
            return self._upload_empty(name, field_id)
        for number in range(_TRIES):
            try:
                target = self._mutate(
                    _CREATE,
                    {"filename": name, "size": size, "field": field_id},
                    "createFileUpload",
                )
                digest = self._put(path, size, target)
                self._complete(target["fileId"])
            except (Elsewhere, httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as fault:
                raise FileRefused(f"the target names no place to upload to: {fault}") from fault
            except (OutcomeUnknown, httpx.HTTPError) as fault:
                # What was begun is nobody's: the server removes it after a day.
                if number == _TRIES - 1:
                    raise Unreachable(
                        f"{name} could not be uploaded: {getattr(fault, 'message', fault)}",
                        hint="run the same command again: files that are there stay there",
                    ) from fault
                self._transport.pause(_backoff(number), "trying again: a file")
            else:
                return Uploaded(target["fileId"], digest)
        raise AssertionError("unreachable")

    def _upload_empty(self, name: str, field_id: str) -> Uploaded:
        """An empty file goes the older way: the newer one asks for at least a byte."""
        if not self._workspace.schema.has_field("Mutation", "uploadFilesFieldFile"):
            raise FileRefused("the file is empty, which the target does not take")
        found = self.form(_CREATE_SMALL, {"field": field_id}, "uploadFilesFieldFile", name, b"")
        return Uploaded(found["id"], Digest(0, hashlib.sha256().hexdigest()))

    def form(
        self, document: str, variables: dict[str, Any], operation: str, name: str, data: bytes
    ) -> dict[str, Any]:
        """Run a mutation that brings a small file. Raises ServerRefused, NotPermitted, Unreachable.

        One whose answer is lost is run again: a file that nothing names is nobody's.
        """
        for number in range(_TRIES):
            try:
                answer = self._transport.graphql(
                    Endpoint.METADATA,
                    document,
                    variables,
                    operation=operation,
                    write=True,
                    file=(name, data),
                )
            except OutcomeUnknown as fault:
                if number == _TRIES - 1:
                    raise Unreachable(
                        f"{name} could not be uploaded: {fault.message}",
                        hint="run the same command again: files that are there stay there",
                    ) from fault
                self._transport.pause(_backoff(number), "trying again: a file")
            else:
                found: dict[str, Any] = answer[operation]
                return found
        raise AssertionError("unreachable")

    def _put(self, path: Path, size: int, target: dict[str, Any]) -> Digest:
        hasher = hashlib.sha256()

        def blocks() -> Iterator[bytes]:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    hasher.update(block)
                    yield block

        kind = target["contentType"]
        if not (kind.isascii() and kind.isprintable()):
            raise FileRefused("the target names no type of the file")
        headers = {"Content-Type": kind, "Content-Length": str(size)}
        place = httpx.URL(self._here(target["uploadUrl"]))
        with within(self._budget.file_seconds):
            response = self._http.put(place, content=blocks(), headers=headers)
        if response.is_redirect:
            raise FileRefused(f"the upload is sent elsewhere (HTTP {response.status_code})")
        if response.status_code >= 500 or response.status_code in (401, 403, 429):
            raise httpx.WriteError(f"HTTP {response.status_code}")
        if response.status_code >= 400:
            raise FileRefused(f"the upload was refused (HTTP {response.status_code})")
        return Digest(size, hasher.hexdigest())

    def _complete(self, file_id: str) -> None:
        """Finish an upload. It may be asked again until the file belongs to a record."""
        try:
            self._mutate(_COMPLETE, {"file": file_id}, "completeFileUpload")
        except OutcomeUnknown:
            self._mutate(_COMPLETE, {"file": file_id}, "completeFileUpload")

    def _mutate(self, document: str, variables: dict[str, Any], operation: str) -> dict[str, Any]:
        data = self._transport.graphql(
            Endpoint.METADATA, document, variables, operation=operation, write=True
        )
        found: dict[str, Any] = data[operation]
        return found


@contextmanager
def files_of(workspace: Workspace) -> Iterator[FileApi]:
    """The files of a workspace, for the time of a block."""
    api = FileApi(workspace)
    try:
        yield api
    finally:
        api.close()


def _backoff(number: int) -> float:
    return min(10.0, 0.5 * 2.0**number) * random.uniform(0.7, 1.3)
