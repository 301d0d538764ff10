"""The inputs that scripts/fuzz/run keeps for each target: a file a target, an input a line.

A backslash stands before n (a line feed), x and two hexadecimal digits (a byte that is no printable
ASCII) and another backslash; a line that begins with # is a remark.

usage: corpus.py unpack FILE FOLDER     makes a file in FOLDER of each input
       corpus.py pack FOLDER FILE       writes the inputs in FOLDER to FILE, the shortest first
       corpus.py seeds TARGET FOLDER    makes inputs of the lines in fixtures
"""

import bz2
import gzip
import hashlib
import io
import lzma
import pathlib
import re
import sys
import tarfile

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"


def escaped(data):
    def byte(value):
        if value == 10:
            return "\\n"
        if value == 92:
            return "\\\\"
        return chr(value) if 32 <= value < 127 else f"\\x{value:02X}"

    text = "".join(map(byte, data))
    return "\\x23" + text[1:] if text.startswith("#") else text


def unescaped(text):
    def byte(match):
        code = match[1]
        return {"n": "\n", "\\": "\\"}.get(code) or chr(int(code[1:], 16))

    return re.sub(r"\\(n|\\|x[0-9A-F]{2})", byte, text).encode("latin-1")


def write(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def unpack(file, folder):
    for line in pathlib.Path(file).read_text("ascii").split("\n"):
        if line and not line.startswith("#"):
            write(pathlib.Path(folder), unescaped(line))


def pack(folder, file):
    inputs = {path.read_bytes() for path in pathlib.Path(folder).iterdir()} - {b""}
    lines = [escaped(data) for data in sorted(inputs, key=lambda data: (len(data), data))]
    name = pathlib.Path(file).stem
    head = f"# Inputs of the target {name}, kept by scripts/fuzz/run --minimize."
    pathlib.Path(file).write_text("\n".join([head, *lines]) + "\n", "ascii")


def formats():
    """Each format of the fixtures, by its name or its string, and each of its lines."""
    for path in sorted((FIXTURES / "formats").glob("*.txt")):
        if path.name == "stamps.txt":
            continue
        name = "json"
        for line in path.read_text().split("\n"):
            if line.startswith("@ format "):
                name = line[9:]
            elif line.startswith("@ columns "):
                yield name, "#Fields: " + line[10:]
            elif line and not line.startswith(("@ ", "= ", "! ", "#")):
                yield name, line.removeprefix("\\#") if line.startswith("\\#") else line


def stamps():
    for line in (FIXTURES / "formats/stamps.txt").read_text().split("\n"):
        if line and not line.startswith("#"):
            yield re.split("  +", line)[0]


def targets():
    for line in (FIXTURES / "request-logs/urls.txt").read_text().split("\n"):
        if line and not line.startswith(("#", "= ")):
            yield line


JSON = {
    "json",
    "caddy",
    "ecs",
    "otel",
    "slog",
    "gcp",
    "api-gateway",
    "pino-http",
    "echo",
    "envoy-json",
    "istio",
    "traefik-json",
    "azure-app-gateway",
    "azure-front-door",
    "nested",
}
COMMON = {"common", "combined", "vhost_common", "vhost_combined"}


WRAPPED = (
    (
        'docker {"log":"%s\\n","stream":"stdout","time":"2026-11-23T09:10:13.5Z"}\n'
        '{"log":"%s","stream":"stderr","time":"2026-11-23T09:10:13.5Z"}\n'
        '{"log":"%s\\r\\n","stream":"stderr","time":"2026-11-23T09:10:13.5Z"}'
    ),
    "cri 2026-11-23T09:10:13.5Z stdout P %s\n2026-11-23T09:10:13.5Z stdout F %s",
    'syslog <34>1 2026-11-23T09:10:13Z host app - ID [a b="c"] %s',
    (
        "syslog <34>Nov 23 09:10:13 host app[1]: %s\n"
        "83 <40>1 2026-11-23T09:10:13Z host heroku router - %s"
    ),
    "syslog 2026-11-23T09:10:13+01:00 host app: %s",
    "compose web-1  | %s\nweb-1  | 2026-11-23T09:10:13Z %s",
    "timestamp 2026-11-23T09:10:13.123Z %s",
    'json {"@timestamp":"2026-11-23T09:10:13Z","message":"%s"}',
    'sequence {"records":[{"a":"%s"},{"b":2}]}\n[{"a":1},\n{"b":"}"}]\n{"a":1}{"b":2}',
    "none #033[31m%s#033[0m",
    "prefix 2026-11-23T09:10:13Z app[1] fra [info] %s",
    'object web: [1795425013.5, {"a":"%s"}]\n2026-11-23T09:10:13Z\tweb\t{"a":1}',
    'json {"MESSAGE":[71,69,84]}\nweb: [1795425013.5, {"log":"%s"}]',
    "syslog 12 <34>1 a b c d12 <34>1 a b c %s",
    (
        'pairs {"reqId":"a","req":{"method":"GET"}}\n{"reqId":"a","res":{"statusCode":200}}\n'
        '[8f3a-1] Started GET "/a" for 192.0.2.9 at 2026-11-23 09:10:13 +0000\n'
        "[8f3a-1] Completed 200 OK in 38ms\n%s\n"
        "2026-11-23 09:10:13.380 request_id=F3a9b [info] GET /a\n"
        "2026-11-23 09:10:13.418 request_id=F3a9b [info] Sent 200 in 211ms"
    ),
)
ROUTES = (
    "/users/{id}\n/users/me\n/files/{path:path}\n\n/users/me\n/users/7\n/files/a/b\n/files/",
    "/a/{n:int}\n/a/{n:float}\n/a/{n:uuid}\n\n/a/12\n/a/1.5\n/a/0b4da1c21b8e4a2a9c1a2b7d5e6f7a8b",
    "/f/{name}.{kind}\n/{a:path}/x/{b:int}\n\n/f/a.b.c\n/a/b/x/3",
)


FILES = (
    "GET /a\nPOST,PUT /b/{id:int}    # x\n",
    "openapi: 3.1.0\nservers: [{url: /v1}]\npaths: {/a/{id}: {get: {}, post: {}}}\n",
    'identifier,name,group\nada,"Ada ""L""",x\n7,b\n',
    "- {identifier: ada, name: Ada, group: x}\n- {identifier: 7, name: b}\n",
    "GET /users/{user_id}",
)


def sections(data):
    """A file of YAML or of lines in pieces that begin where a line does that is not indented."""
    piece = b""
    for line in data.splitlines(keepends=True):
        if piece and line[:1] not in b" \t-#" and len(piece) + len(line) > 240:
            yield piece
            piece = b""
        piece += line
    if piece:
        yield piece


def seeds(target):
    """Every line of the fixtures that the target may make something of, in its own shape."""
    named = [(name, line) for name, line in formats() if not name.startswith(("nginx:", "apache:"))]
    match target:
        case "lines":
            yield from (f"{name}\n{line}" for name, line in named)
        case "common":
            yield from (f"{name}\n{line}" for name, line in named if name in COMMON)
        case "json":
            yield from (f"{name}\n{line}" for name, line in named if name in JSON)
        case "strings":
            yield from (f"{name}\n{line}" for name, line in formats() if ":" in name)
        case "stamps":
            yield from (f"%d/%b/%Y:%H:%M:%S %z\n{stamp}\n{stamp}" for stamp in stamps())
            yield from (f"%FT%T.%LZ\n{stamp}" for stamp in stamps())
        case "items":
            yield from (f"{name}\n{line}" for name, line in named)
        case "wrappings":
            line = 'GET /users/7 200 {"status":200}'
            for text in WRAPPED:
                yield f"{text.split()[0]}\n" + text.partition(" ")[2] % ((line,) * text.count("%s"))
        case "detection":
            yield from (f"\x00{line}\n{line}" for name, line in named)
        case "folding" | "targets" | "texts":
            yield from targets()
        case "routes":
            yield from ROUTES
        case "gzip":
            for text in (b"GET /a\nGET /b\n", b"", b"\xef\xbb\xbfGET /a\nGET /b"):
                member = gzip.compress(text, mtime=0)
                yield from (b"\x00\x00" + text, b"\x21\x30" + member, b"\x21\x30" + member * 2)
                yield from (b"\x11\x21" + member + bytes(9) + member, b"\x00\x00" + member[:-3])
                yield b"\x00\x00" + member + b"trailing"
        case "framing":
            yield bytes([3, 5, 7, 1, 0, 31, 6, 0, 8, 64]) + b"GET /a\nGE" + bytes([8, 9, 0, 0, 0])
            yield bytes([3, 5, 7, 1, 0, 0, 0, 1, 4, 254]) + b"GET\n" + bytes([10, 9])
        case "converting":
            records = '{"a":{"b":[1]}},\n{"a":\n"c"}'
            for text in (
                f"[{records}]",
                f"[[{records}],[{records}]]",
                f'{{"took":1,"hits":{{"hits":[{records}]}}}}',
                '{"data":{"result":[{"stream":{},"values":[["1","x"],["2","y",{"a":"b"}]]}]}}',
                '{"results":[[{"field":"a","value":"b"},{"field":"c","value":"d"}]],"x":[{}]}',
                '{"records":[{"a":1}]}\n{"events":[{"a":"\\\\\\""}]}',
                'time,message\r\n1,"GET ""/a"""\n2,x\n',
                "a;status\n1;200\n",
                "GET /a\rGET /b\r",
                "GET /a\nGET /b",
            ):
                yield "\x03" + text
                yield b"\x05" + text.encode("utf-16")
        case "decompressing":
            for text in (b"GET /a\nGET /b\n" * 9, b""):
                for stream in (bz2.compress(text, 1), lzma.compress(text, preset=0)):
                    yield from (b"\x00" + stream, b"\x07" + stream * 2, b"\x09" + stream[:-7])
            # A frame of zstd with raw content, and one that is skipped.
            yield b"\x00\x28\xb5\x2f\xfd\x20\x07\x39\x00\x00GET /a\n"
            yield b"\x02\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
        case "tar":
            for style in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
                for name in ("a", "n" * 90 + "/" + "n" * 30):
                    file = io.BytesIO()
                    with tarfile.open(fileobj=file, mode="w", format=style) as archive:
                        member = tarfile.TarInfo(name)
                        member.size = 7
                        archive.addfile(member, io.BytesIO(b"GET /a\n"))
                    yield b"\x00" + file.getvalue()[:3072]
        case "messages":
            yield "ada\tGET\t/users/{id}\t\x01\x02\x03\x04\x05\x06\x21\x02\n\tPOST\t/\t\x01\x09"
            yield "ada\tGET\t/a\t!!!!!!!!\nada\tGET\t/a\t!!!!!!!!\nbob\tGET\t/a\t$$$$$$$$"
        case "masks":
            for text in (*targets(), "a=1", "%7B", "{", "Bearer ", "eyJ", ": ", "<a>", "//"):
                yield from (f"{chr(n)}{chr(n % 8)}{chr(n % 4)}{text}\n{text}" for n in range(8))
        case "configurations":
            for path in sorted((FIXTURES / "configuration").rglob("*.yaml")):
                yield from sections(path.read_bytes())
        case "files":
            for path in sorted((FIXTURES / "routes").rglob("*")):
                if path.is_file():
                    for section in sections(path.read_bytes()):
                        yield from (bytes([kind]) + section for kind in range(6))
            for kind, text in enumerate(FILES):
                yield f"{chr(kind)}{text}"
        case "yaml":
            yield from targets()
            yield from (
                "/a\n/b/{id}\n# x\n- y",
                "no\n: \n#\n\u2028\n\x85\n\ufeff",
                "'\n\"\n\\\n${A}\n$${",
            )
        case "requests":
            uuid = "00000000-0000-4000-8000-00000000b477"
            head = f'{{"instance_uuid":"{uuid}","message_uuid":"{uuid}"'
            for host in ("127.0.0.1:80", "localhost.", "[::1]:1", "a.localhost", "hub.test"):
                for kind in "\x00\x01":
                    yield f"{kind}{host}\n/T0KEN-of-16-chars/v2\nhttp://{host}\nsame-origin\n"
                    yield f"{kind}{host}\n/\n\nnone\nBearer T0KEN-of-16-chars"
            yield f'\x02{head},"paths":[],"versions":{{}},"client":"python:fastapi"}}'
            yield (
                f'\x03{head},"timestamp":1793610059.9,"requests":[],"validation_errors":[],'
                '"server_errors":[],"consumers":[],"resources":null}'
            )
            item = (
                f'{{"uuid":"{uuid}","request":{{"timestamp":1793610011.9,"method":"GET",'
                '"url":"https://a.test/"},"response":{"status_code":200}}'
            )
            yield f"\x04{item}\n{item}"
            yield b"\x05" + gzip.compress(item.encode(), mtime=0)
        case "hub":
            yield from (line for name, line in named if line.startswith("{"))


def main(arguments):
    match arguments:
        case ["unpack", file, folder]:
            unpack(file, folder)
        case ["pack", folder, file]:
            pack(folder, file)
        case ["seeds", target, folder]:
            for seed in seeds(target):
                data = seed if isinstance(seed, bytes) else seed.encode()
                write(pathlib.Path(folder), data)
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
