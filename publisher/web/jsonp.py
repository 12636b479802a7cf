"""Answers in JSON for programs that run in a browser: by CORS, and for older ones as a script that calls a function.

Source: Reconciliation Service API 0.2, section 3.3.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Response

from ..errors import RequestError
from ..formats import PLAIN_JSON
from .answers import parameters, send

_FUNCTION = re.compile(r"[A-Za-z_$][\w$]{0,99}(?:\.[A-Za-z_$][\w$]{0,99}){0,5}", re.ASCII)
SCRIPT = "text/javascript; charset=utf-8"
KEPT_FROM_SEARCH = {"X-Robots-Tag": "noindex"}  # answers to questions, with persons among them


def send_json(
    document: Mapping[str, Any], *, status: int = 200, vary: tuple[str, ...] = ("Accept-Language",), callback: str = ""
) -> Response:
    """*document* as JSON; where the request or *callback* names a function, as a script that calls it."""
    function = callback or parameters().one("callback") or ""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if not function:
        return send(text + "\n", PLAIN_JSON.content_type, status=status, vary=vary, headers=KEPT_FROM_SEARCH)
    if not _FUNCTION.fullmatch(function):
        raise RequestError(f"callback={function!r} is no name of a function", parameter="callback")
    # Scripts end a line at these two, and JSON does not; what a script begins with is not for a stranger to choose.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return send(f"/**/{function}({text});\n", SCRIPT, status=status, vary=vary, headers=KEPT_FROM_SEARCH)
