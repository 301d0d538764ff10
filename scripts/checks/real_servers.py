"""What scripts/checks/real-servers does once the servers are there. Not to be run by itself."""

import collections
import http.client
import http.server
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent / "real-servers.d"
CLIENT_ID = "00000000-0000-4000-8000-00000000b477"

ROUTES = """GET /
GET /v1/orders
POST /v1/orders
GET /v1/orders/{order_id:int}
PUT /v1/orders/{order_id:int}
DELETE /v1/orders/{order_id:int}
GET /v1/users/{name}/orders
GET /files/{path:path}
GET /denied
GET /slow/{ms:int}
"""


class Request:
    """One request of the plan, with what it has to be counted as."""

    def __init__(self, method, target, route, status, body=None, key=None, agent="plan/1.0"):
        self.method, self.target, self.status = method, target, status
        self.route, self.body, self.key, self.agent = route, body, key, agent


def plan(seed):
    """Everything that a log format can trip over and a server passes on."""
    random.seed(seed)
    keys = [None, "k-acme", "k-globex"]
    requests = []
    for number in range(60):
        key = random.choice(keys)
        order = random.randint(1, 99999)
        requests += [
            Request("GET", f"/v1/orders/{order}", "/v1/orders/{order_id:int}", 200, key=key),
            Request("GET", f"/v1/orders?page={number}&q=a%20b", "/v1/orders", 200, key=key),
            Request("POST", "/v1/orders", "/v1/orders", 201, body=b"x" * order, key=key),
        ]
        if number % 4 == 0:
            requests += [
                Request("DELETE", f"/v1/orders/{order}", "/v1/orders/{order_id:int}", 204, key=key),
                Request("PUT", f"/v1/orders/{order}", "/v1/orders/{order_id:int}", 200, body=b"{}"),
                Request("HEAD", f"/v1/orders/{order}", "/v1/orders/{order_id:int}", 200),
                Request("GET", "/v1/users/jos%C3%A9/orders", "/v1/users/{name}/orders", 200),
                Request("GET", "/files/a/b%20c.txt", "/files/{path:path}", 200),
                Request("GET", '/files/"quoted"', "/files/{path:path}", 200, agent='say "hi" \\o/'),
                Request("GET", "/denied", "/denied", 403),
                Request("GET", "/nowhere", None, 404),
                Request("OPTIONS", "/v1/orders", "OPTIONS", 204),
                Request("GET", "/slow/30", "/slow/{ms:int}", 200),
                Request("GET", "/v1/orders/500", "/v1/orders/{order_id:int}", 500),
            ]
    # An order whose number happens to be the one that fails.
    for request in requests:
        if request.target == "/v1/orders/500":
            request.status = 500
    random.shuffle(requests)
    return requests


class App(http.server.BaseHTTPRequestHandler):
    """What stands behind the servers: it answers as the plan says."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        path = self.path.split("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        status, body = 200, b"{}"
        if path == "/nowhere":
            status, body = 404, b"nothing"
        elif path == "/v1/orders/500":
            status, body = 500, b"oops"
        elif self.command in ("DELETE", "OPTIONS"):
            status, body = 204, b""
        elif self.command == "POST":
            status = 201
        elif path.startswith("/slow/"):
            time.sleep(int(path.split("/")[2]) / 1000)
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

    def log_message(self, *arguments):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{process.args[0]} ended at once, with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{process.args[0]} does not listen")


def send(requests, port):
    """Sends the requests over connections that are kept, and checks what comes back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for request in requests:
        headers = {"User-Agent": request.agent}
        if request.key:
            headers["X-Api-Key"] = request.key
        connection.request(request.method, request.target, request.body, headers)
        response = connection.getresponse()
        response.read()
        if response.status != request.status:
            raise SystemExit(
                f"{request.method} {request.target}: {response.status}, not {request.status}"
            )
    connection.close()


class Datagrams(threading.Thread):
    """Writes down what is sent to a port, a line a datagram, as a syslog daemon does."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        with open(self.path, "wb") as file:
            while True:
                file.write(self.socket.recv(65536).rstrip(b"\n") + b"\n")
                file.flush()


class Log:
    """A log, how it is imported, and what it holds beyond method, route and status."""

    def __init__(self, name, arguments=(), configuration=None, consumer=None, timed=False):
        self.name, self.arguments, self.configuration = name, list(arguments), configuration
        self.consumer, self.timed = consumer, timed


NGINX_OWN = (
    "nginx:$msec|$request_method|$request_uri|$status|$body_bytes_sent|$request_time"
    "|$http_x_api_key"
)
APACHE_TIMED = (
    'apache:%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %{ms}T '
    '\\"%{X-Api-Key}i\\"'
)
APACHE_OWN = 'apache:%a %m \\"%U%q\\" %>s %B %D %{%Y-%m-%dT%H:%M:%S%z}t \\"%{X-Api-Key}i\\"'


def logs_of(server, apache_configuration):
    return {
        "nginx": [
            Log("nginx_combined.log"),
            Log("nginx_main.log"),
            Log("nginx_timed.log", consumer="extra_2", timed=True),
            Log("nginx_unescaped.log", timed=True),
            Log("nginx_own.log", ["--format", NGINX_OWN], consumer="http_x_api_key", timed=True),
            Log("nginx_advised.log", consumer="api_key", timed=True),
        ],
        "apache": [
            Log("apache_common.log"),
            Log("apache_combined.log"),
            Log("apache_debian.log"),
            Log("apache_vhost.log"),
            Log("apache_timed.log", ["--format", APACHE_TIMED], consumer="X-Api-Key", timed=True),
            Log("apache_own.log", ["--format", APACHE_OWN], consumer="X-Api-Key", timed=True),
            Log("advised/api.log", configuration=apache_configuration, timed=True),
        ],
        "caddy": [Log("caddy_json.log", timed=True)],
        "haproxy": [
            Log("haproxy.log", ["--timezone", "UTC"], timed=True),
            Log("haproxy_rfc3164.log", ["--timezone", "UTC"], timed=True),
            Log("haproxy_rfc5424.log", ["--timezone", "UTC"], timed=True),
        ],
    }[server]


def advice(backtally, folder):
    """What `inspect` says should be written into the servers' configurations, and into ours."""
    log = folder / "plain.log"
    log.write_text('127.0.0.1 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n')
    text = subprocess.run(
        [backtally, "inspect", log], capture_output=True, text=True, check=True
    ).stdout
    nginx = text.split("For nginx, ")[1].split("\n", 1)[1].split("\n\n")[0]
    apache, ours = text.split("For Apache, ")[1].split("\n", 1)[1].split("and in backtally.yaml\n")
    return nginx, apache, ours


def configuration(template, folder, **values):
    text = (HERE / template).read_text()
    for name, value in {"DIR": folder, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = folder / template
    path.write_text(text)
    return path


def start(server, folder, port, app, texts):
    """Starts a server; its logs are in `folder`."""
    nginx_advice, apache_advice, _ = texts
    environment = {**os.environ, "TZ": "UTC", "HOME": str(folder)}
    if server == "nginx":
        lines = [line for line in nginx_advice.split("\n") if "access_log" not in line]
        path = configuration("nginx.conf", folder, PORT=port, APP=app, ADVICE="\n".join(lines))
        command = ["nginx", "-c", path, "-p", folder]
    elif server == "apache":
        (folder / "advised").mkdir()
        path = configuration("apache.conf", folder, PORT=port, APP=app, ADVICE=apache_advice)
        command = ["apache2", "-f", path, "-DFOREGROUND"]
    elif server == "caddy":
        path = configuration("Caddyfile", folder, PORT=port, APP=app)
        command = ["caddy", "run", "--config", path, "--adapter", "caddyfile"]
    else:
        daemons = [Datagrams(folder / f"haproxy_{kind}.log") for kind in ("rfc3164", "rfc5424")]
        for daemon in daemons:
            daemon.start()
        path = configuration(
            "haproxy.cfg",
            folder,
            PORT=port,
            APP=app,
            SYSLOG=daemons[0].port,
            SYSLOG5424=daemons[1].port,
        )
        command = ["haproxy", "-db", "-f", path]
    with (
        open(folder / f"{server}.log", "wb") as output,
        open(folder / f"{server}.err", "wb") as errors,
    ):
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment)
    try:
        wait_for(port, process)
    except SystemExit:
        sys.stderr.write((folder / f"{server}.err").read_text())
        raise
    return process


def expected(requests, has_consumers):
    counts = collections.Counter()
    for request in requests:
        if request.route not in (None, "OPTIONS"):
            consumer = request.key if has_consumers else None
            counts[consumer, request.method, request.route, request.status] += 1
    return counts


def imported(backtally, folder, log):
    """Counts by consumer, method, route and status, and how many durations there are."""
    arguments = [
        backtally,
        "import",
        "--payloads",
        "-",
        "--client-id",
        CLIENT_ID,
        "--env",
        "test",
        "--routes",
        folder / "routes.txt",
        *log.arguments,
    ]
    if log.configuration:
        path = folder / "backtally.yaml"
        path.write_text(log.configuration)
        arguments += ["--config", path]
    elif log.consumer:
        arguments += ["--consumer", log.consumer]
    outcome = subprocess.run(
        [*arguments, folder / log.name], capture_output=True, text=True, cwd=folder, check=False
    )
    if outcome.returncode != 0:
        return None, 0, outcome.stderr.strip().split("\n")[0]
    counts, durations = collections.Counter(), 0
    for line in outcome.stdout.splitlines():
        for row in json.loads(line)["body"].get("requests", []):
            key = row["consumer"], row["method"], row["path"], row["status_code"]
            counts[key] += row["request_count"]
            durations += sum(row["response_times"].values())
    return counts, durations, ""


def settled(path):
    """Waits until a log does not grow any more."""
    size = -1
    for _ in range(100):
        new = path.stat().st_size if path.exists() else 0
        if new == size and new > 0:
            return
        size = new
        time.sleep(0.1)


def check(backtally, folder, server, log, requests):
    settled(folder / log.name)
    has_consumers = log.consumer is not None
    counts, durations, problem = imported(backtally, folder, log)
    wanted = expected(requests, has_consumers)
    if counts is not None and log.configuration:
        # Its consumers are hashed; who is who does not matter here.
        merged = collections.Counter()
        for (_, method, route, status), count in counts.items():
            merged[None, method, route, status] += count
        counts = merged
    verdict = "ok"
    if counts is None:
        verdict = f"NOT READ: {problem}"
    elif counts != wanted:
        difference = (wanted - counts) + (counts - wanted)
        verdict = f"DIFFERS: {sum(difference.values())} requests, such as {next(iter(difference))}"
    elif log.timed and durations != sum(wanted.values()):
        verdict = f"DIFFERS: {durations} durations of {sum(wanted.values())}"
    print(f"{server:8} {log.name:24} {sum((counts or {}).values()):6}  {verdict}", flush=True)
    return verdict == "ok"


def main(backtally, servers):
    app = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
    app.daemon_threads = True
    threading.Thread(target=app.serve_forever, daemon=True).start()
    root = pathlib.Path(tempfile.mkdtemp(prefix="real-servers."))
    # Apache's children are somebody else.
    root.chmod(0o755)
    is_good = True
    try:
        texts = advice(backtally, root)
        for number, server in enumerate(servers):
            folder = root / server
            folder.mkdir(mode=0o777)
            folder.chmod(0o777)
            (folder / "routes.txt").write_text(ROUTES)
            requests = plan(number)
            port = free_port()
            process = start(server, folder, port, app.server_address[1], texts)
            try:
                send(requests, port)
                results = [
                    check(backtally, folder, server, log, requests)
                    for log in logs_of(server, texts[2])
                ]
            finally:
                process.terminate()
                process.wait(20)
            is_good = is_good and all(results)
    finally:
        app.shutdown()
        if is_good:
            shutil.rmtree(root, ignore_errors=True)
        else:
            print(f"the logs are in {root}", file=sys.stderr)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
