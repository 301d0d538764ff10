#!/usr/bin/env python3
"""Make fixtures/request-logs/urls.txt: how the live middleware spells the URL of a request target.

usage: make_url_fixture.py FIXTURE

Rewrites the line that begins with `= ` below each target by what Starlette, the middleware (0.25.1) and
Python's urllib make of it. Needs `apitally[starlette]==0.25.1`."""
import pathlib
import sys
from urllib.parse import unquote, urlparse, urlunparse

from apitally.client.request_logging import RequestLogger, RequestLoggingConfig
from starlette.requests import Request

logger = RequestLogger(RequestLoggingConfig(enabled=True))


def spelled(target):
    path, _, query = target.partition("?")
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": unquote(path),
             "query_string": query.encode(), "headers": [(b"host", b"api.test")]}
    url = urlparse(str(Request(scope).url))
    return urlunparse(url._replace(query=logger._mask_query_params(url.query)))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    file = pathlib.Path(sys.argv[1])
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("= "):
            lines.append(line)
        if line.startswith("/"):
            lines.append("= " + spelled(line))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
