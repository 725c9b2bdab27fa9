"""The published list, for whoever wants it: files to be read, whole or from some byte on."""

import re
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import FileResponse

from jiebang.house import House

# Files and no calls: what they hold is told where lists are, and OpenAPI has nothing to say of them.
router = APIRouter(include_in_schema=False)

_NAME = re.compile(r"latest\.jws|\d{4}-\d\d-\d\d-[0-9a-f]{16}\.(?:list|delta)(?:\.jws)?")


@router.get("/lists/{name}", response_class=FileResponse)
def published(name: Annotated[str, Path(max_length=64)], request: Request) -> FileResponse:
    """
    A file of the published list: `latest.jws` is the signed manifest of the newest list, and names it.

    Anybody may fetch them: who they are is never asked, and which numbers they have is never told.
    `Range` is understood (RFC 9110 §14), so that a download goes on where it stopped.
    """
    house: House = request.app.state.house
    # Only names such as the hub gives to what it publishes lead to a file.
    path = house.list_folder / name if house.list_folder is not None and _NAME.fullmatch(name) else None
    if path is None or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="application/jose" if name.endswith(".jws") else None)
