"""The inputs that are kept for each target of scripts/fuzz, an input a line in a file of its own.

A backslash stands before n (a line feed), x and two hexadecimal digits (a byte that is no printable
ASCII) and another backslash; a line that begins with # is a remark.

usage: corpus.py unpack FILE FOLDER     makes a file in FOLDER of each input
       corpus.py pack FOLDER FILE       writes the inputs in FOLDER to FILE, the shortest first
       corpus.py seeds TARGET FOLDER    makes inputs of the lines in fixtures
"""
import hashlib
import pathlib
import re
import sys

FIXTURES = pathlib.Path(__file__).resolve().parent.parent.parent / "fixtures"


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
    head = f"# Inputs of the target {name}, kept by scripts/fuzz --minimize."
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


def seeds(target):
    if target == "folding":
        return targets()
    return []


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
