"""Files: uploads in three steps, downloads by signed address, and what a FILES value may name.

Sources: record-api reference 7.2 (addresses), 7.4 (steps and refusals), 7.5 (one file, one record).
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from werkzeug.wrappers import Request, Response

from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

UPLOADS = "/file-upload/"
DOWNLOADS = "/file/files-field/"
#: Where the pictures of members and the logo are.
PICTURES = "/file/core-picture/"
PATHS = (UPLOADS, DOWNLOADS, PICTURES)
_FAMILY = "file"
_UUID = r"(?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_PICTURE = re.compile(rf"https?://[^/]+{PICTURES}{_UUID}(?:\?.*)?")
_STORED = re.compile(rf"https?://[^/]+{DOWNLOADS}{_UUID}(?:\?.*)?")
_MOST = 1024**3
#: What a file of these extensions begins with; from 2.21 on anything else is refused.
_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF",),
    "png": (b"\x89PNG",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",),
    "zip": (b"PK",),
}


def create_upload(workspace: Workspace, arguments: Row) -> Row:
    """``createFileUpload``: where the bytes may be put."""
    name, size = str(arguments["filename"]), int(arguments["size"])
    if "." not in name:
        raise Refusal("File name must have an extension", sub_code="INVALID_EXTENSION")
    if not 0 < size <= _MOST:
        raise Refusal("File size must be more than 0 and at most 1 GB", sub_code="FILE_TOO_LARGE")
    field = workspace.store.find("field", str(arguments.get("fieldMetadataId")))
    if field is None or field["type"] != "FILES":
        raise Refusal("The field is not a FILES field")
    row = {
        **stamp(workspace),
        "fieldMetadataId": field["id"],
        "extension": name.rpartition(".")[2].lower(),
        "size": size,
        "status": "PENDING",
        "record": None,
    }
    workspace.store.put(_FAMILY, row)
    return {
        "fileId": row["id"],
        "uploadUrl": f"http://sandbox.internal{UPLOADS}{row['id']}?token={_token(workspace, row)}",
        "contentType": "application/octet-stream",
        "expiresAt": workspace.now(),
    }


def operations(request: Request, body: bytes) -> bytes:
    """The GraphQL request of a form that brings a file, which becomes its variable."""
    if not (request.content_type or "").startswith("multipart/form-data"):
        return body
    form = Request.from_values(data=body, content_type=request.content_type, method="POST")
    with form as again:
        asked = json.loads(again.form["operations"])
        for key, (place, *_) in json.loads(again.form["map"]).items():
            brought = again.files[key]
            data = base64.b64encode(brought.stream.read()).decode()
            brought.close()
            asked["variables"][place.removeprefix("variables.")] = [brought.filename, data]
    return json.dumps(asked).encode()


def upload_small(workspace: Workspace, arguments: Row) -> Row:
    """``uploadFilesFieldFile``: a file in one go, which may be empty."""
    row = _brought(workspace, arguments, field=str(arguments["fieldMetadataId"]))
    return {**row, "path": "", "url": address(workspace, row["id"])}


def upload_picture(workspace: Workspace, arguments: Row) -> Row:
    """``uploadWorkspaceMemberProfilePicture``."""
    row = _brought(workspace, arguments, field=None)
    return {**row, "path": "", "url": address(workspace, row["id"], PICTURES)}


def upload_logo(workspace: Workspace, arguments: Row) -> Row:
    """``uploadWorkspaceLogo``, which a key whose role may change the workspace may call."""
    row = upload_picture(workspace, arguments)
    workspace.store.change("workspace", workspace.row["id"], logoFileId=row["id"])
    return row


def update_member(workspace: Workspace, arguments: Row) -> bool:
    """``updateWorkspaceMemberSettings``, which a key whose role may change members may call."""
    given = arguments["input"]
    obj = workspace.object_named("workspaceMember") or {}
    row = workspace.store.record(obj["id"], given["workspaceMemberId"])
    if row is None:
        raise Refusal("Workspace member not found", code="BAD_REQUEST")
    workspace.store.replace_record(obj["id"], {**row, **given["update"]})
    return True


def logo(workspace: Workspace) -> str:
    """The address of the logo, or "" (in 1.x it may be on another server)."""
    found = workspace.row.get("logoFileId")
    return address(workspace, found, PICTURES) if found else str(workspace.row.get("logo") or "")


def picture_seen(workspace: Workspace, value: Any) -> str:
    """A member's ``avatarUrl`` as it reads: a picture of the server's own, or nothing."""
    match = _PICTURE.fullmatch(str(value or ""))
    return address(workspace, match["id"], PICTURES) if match else ""


def _brought(workspace: Workspace, arguments: Row, field: str | None) -> Row:
    name, data = arguments["file"][0], base64.b64decode(arguments["file"][1])
    if "." not in name:
        raise Refusal("Filename must have an extension", code="INTERNAL_SERVER_ERROR")
    row = {
        **stamp(workspace),
        "fieldMetadataId": field,
        "extension": name.rpartition(".")[2].lower(),
        "size": len(data),
        "status": "UPLOADED",
        "record": None,
    }
    workspace.store.put(_FAMILY, row)
    workspace.store.put_blob(row["id"], data)
    return row


def complete_upload(workspace: Workspace, arguments: Row) -> Row:
    """``completeFileUpload``: looks at the bytes; answers again until a record has them."""
    row = workspace.store.find(_FAMILY, arguments["fileId"])
    if row is None:
        raise Refusal("File not found", code="NOT_FOUND", sub_code="FILE_NOT_FOUND")
    if row["record"] is not None:
        raise Refusal("File upload has already been finalized", sub_code="BAD_REQUEST")
    data = workspace.store.blob(row["id"])
    if data is None:
        raise Refusal("File was not uploaded", sub_code="FILE_NOT_UPLOADED")
    signatures = _SIGNATURES.get(row["extension"])
    if signatures and not data.startswith(signatures):
        raise Refusal("File content does not match its extension", sub_code="INVALID_EXTENSION")
    workspace.store.change(_FAMILY, row["id"], status="UPLOADED")
    path = f"files-field/{row['fieldMetadataId']}/{row['id']}.{row['extension']}"
    return {**row, "path": path, "url": address(workspace, row["id"])}


def attach(workspace: Workspace, field: Row, value: Any, record: str | None) -> Any:
    """A FILES value as it is stored: each file is there, of this field, and of no other record."""
    items = []
    for item in value or ():
        row = workspace.store.find(_FAMILY, item["fileId"])
        if row is None or row["status"] != "UPLOADED":
            raise Refusal(f"File {item['fileId']} not found", sub_code="FILE_NOT_FOUND")
        if row["fieldMetadataId"] != field["id"]:
            raise Refusal(f"File {item['fileId']} was not uploaded for this field")
        if row["record"] not in (None, record or ""):
            message = f"File {item['fileId']} is already associated with a permanent files field"
            raise Refusal(message)
        if row["record"] is None:
            workspace.store.change(_FAMILY, row["id"], record=record or "")
        items.append({**item, "extension": f".{row['extension']}"})
    return items or None


def remove(workspace: Workspace, row: Row) -> None:
    """The files of a record go with it."""
    for value in row.values():
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict) and "fileId" in item:
                workspace.store.drop(_FAMILY, str(item["fileId"]))


def seen(workspace: Workspace, value: Any) -> Any:
    """A stored FILES value as it reads: each file with a signed address."""
    if not isinstance(value, list):
        return value
    return [{**item, "url": address(workspace, item["fileId"])} for item in value]


def text_seen(workspace: Workspace, value: Row) -> Row:
    """A rich text as it reads: blocks at the top that show a file have a fresh address, whoever's
    file it is and whether it is there; blocks inside others, and the Markdown, are as stored."""
    try:
        blocks = json.loads(value.get("blocknote") or "")
    except ValueError:
        return value
    if not isinstance(blocks, list):
        return value
    return {**value, "blocknote": json.dumps([_signed(workspace, block) for block in blocks])}


def _signed(workspace: Workspace, block: Any) -> Any:
    url = block.get("props", {}).get("url") if isinstance(block, dict) else None
    match = _STORED.fullmatch(str(url or ""))
    if match is None:
        return block
    return {**block, "props": {**block["props"], "url": address(workspace, match["id"])}}


def address(workspace: Workspace, file_id: str, folder: str = DOWNLOADS) -> str:
    """A signed address; the host in it is not one that the client can reach."""
    token = _token(workspace, {"id": file_id})
    return f"http://sandbox.internal{folder}{file_id}?token={token}"


def add_file(
    workspace: Workspace, object_name: str, field_name: str, name: str, data: bytes
) -> Row:
    """A file as a seed has it: the item for a record's FILES value."""
    obj = workspace.object_named(object_name)
    fields = workspace.fields_of(obj["id"]) if obj else []
    field = next(row for row in fields if row["name"] == field_name)
    extension = name.rpartition(".")[2].lower()
    row = {
        **stamp(workspace),
        "fieldMetadataId": field["id"],
        "extension": extension,
        "size": len(data),
        "status": "UPLOADED",
        "record": "",
    }
    workspace.store.put(_FAMILY, row)
    workspace.store.put_blob(row["id"], data)
    return {"fileId": row["id"], "label": name, "extension": f".{extension}"}


def serve(workspace: Workspace, request: Request, body: bytes) -> Response:
    """PUT of an upload, GET of a file; no key is asked for, the token in the address is."""
    uploading = request.path.startswith(UPLOADS)
    file_id = request.path.rpartition("/")[2]
    row = workspace.store.find(_FAMILY, file_id)
    if row is None:
        return Response("Not found", status=404)
    if request.args.get("token") not in _good_tokens(workspace, row):
        return Response("Forbidden", status=403)
    if uploading:
        if len(body) != row["size"]:
            return Response("FILE_SIZE_MISMATCH", status=400)
        workspace.store.put_blob(file_id, body)
        return Response(status=204)
    data = workspace.store.blob(file_id)
    if data is None:
        return Response("Not found", status=404)
    return Response(data, content_type="application/octet-stream")


def _token(workspace: Workspace, row: Row, back: int = 0) -> str:
    """A token that is good for a day. Like the server's, it says in its middle whose file it is."""
    said = {"workspaceId": workspace.row["id"], "fileId": row["id"], "type": "FILE"}
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"e30.{body}.{int(workspace.clock.now() // 86400) - back}"


def _good_tokens(workspace: Workspace, row: Row) -> set[str]:
    return {_token(workspace, row, back) for back in (0, 1)}
