#!/usr/bin/env python3
"""Write a made-up access log of an API: the same seed gives the same requests in every format.

usage: gen_access_log.py [--format combined|combined-rt|common|json] [--lines N] [--seed S]
                         [--rate LINES_PER_DAY] [--start YYYY-MM-DD] > access.log

200 routes with numbers, UUIDs and hashes in the path, 5,000 consumers of very different size, 200
user agents, days with a rush hour, a few lines that come late. combined-rt ends in nginx's
$request_time. A shorter log is the beginning of a longer one. Most (minute, consumer, method,
route, status) groups hold one request: a hard case for tables and for the size of payloads.

Standard library only. Uses nothing of `random` but random() and getrandbits(), which Python keeps
the same over its versions."""
import argparse
import bisect
import calendar
import itertools
import math
import random
import statistics
import sys
import time

RESOURCES = (
    "users orders invoices products carts payments sessions devices teams projects tickets messages"
    " webhooks reports exports files subscriptions coupons shipments refunds accounts keys events"
    " reviews quotes").split()
PATTERNS = [
    ("GET", "/{v}/{a}"), ("POST", "/{v}/{a}"), ("GET", "/{v}/{a}/{int}"), ("GET", "/{v}/{a}/{uuid}"),
    ("PATCH", "/{v}/{a}/{int}"), ("GET", "/{v}/{a}/{int}/{b}"), ("GET", "/{v}/{a}/{int}/{b}/{hex}"),
    ("POST", "/{v}/{a}/{uuid}/{b}"), ("DELETE", "/{v}/{a}/{hex}"),
    ("PUT", "/{v}/{a}/{int}/{b}/{uuid}")]
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/{v}.0.{b}.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/{v}.{b} Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS {v}_{b} like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/15E148",
    "python-requests/2.{v}.{b}", "okhttp/4.{v}.{b}", "Go-http-client/2.0", "axios/1.{v}.{b}",
    "acme-sdk-java/{v}.{b} (JDK 21; Linux amd64)", "curl/8.{v}.{b}", "Dart/3.{v} (dart:io) app/{b}"]
COMPANIES = (
    "acme globex initech umbrella hooli stark wayne wonka tyrell cyberdyne aperture soylent").split()
SYSTEMS = "prod staging mobile web batch partner".split()
HOSTS = ["api.example.com", "api.eu.example.com", "partners.example.com"]
QUERIES = [f"limit={n}" for n in (10, 20, 25, 50, 100)] + [
    "sort=-created_at", "expand=items", "status=active", "fields=id,name,total", "q=blue+shoes",
    "q=caf%C3%A9%20noir", "include_deleted=false", "locale=en-US", "tz=Europe%2FBerlin"]
STATUSES = {200: .80, 201: .05, 204: .02, 304: .015, 400: .02, 401: .015, 403: .01, 404: .03,
            409: .003, 422: .006, 429: .015, 500: .009, 502: .003, 503: .003, 504: .001}


def lot(weights, bits):
    """A list of 2^bits indices in which each occurs as often as it weighs: a random number of that
    many bits draws from it in one step."""
    bounds = list(itertools.accumulate(weights))
    scale = bounds[-1] / (1 << bits)
    return [bisect.bisect_right(bounds, (n + 0.5) * scale) for n in range(1 << bits)]


def zipf(count, exponent):
    return [1 / rank ** exponent for rank in range(1, count + 1)]


def lognormal(mean, deviation, bits):
    normal = statistics.NormalDist(mean, deviation)
    return [math.exp(normal.inv_cdf((n + 0.5) / (1 << bits))) for n in range(1 << bits)]


class World:
    """Who calls what, from where and with which client."""

    def __init__(self, rng):
        def below(limit):
            return int(rng.random() * limit)

        self.routes = list(itertools.islice(routes(), 200))
        self.consumers = [
            f"{COMPANIES[below(12)]}-{SYSTEMS[below(6)]}-{number:04}" for number in range(5000)]
        popular = lot(zipf(200, 0.7), 14)
        self.routes_of = [[popular[rng.getrandbits(14)] for _ in range(16)] for _ in self.consumers]
        self.agents = [AGENTS[n % 10].format(v=below(90) + 1, b=below(7000)) for n in range(200)]
        self.agents[50] = 'weird "quoted" agent\\1.0'  # Every format must escape it.
        self.addresses = [".".join(str(below(254) + 1) for _ in range(4)) for _ in range(20_000)]
        self.referers = [f"https://app.example.com/{RESOURCES[below(25)]}/{below(400) + 1}"
                         for _ in range(120)]


def routes():
    """Method and the path cut into literal text and kinds of identifiers, alternating."""
    yield "GET", ["/healthz"]
    yield "GET", ["/v1/search"]
    seen = set()
    for k in itertools.count():
        a = RESOURCES[k % 25]
        b = RESOURCES[(k * 7 + 3 + k // 25) % 25]
        method, pattern = PATTERNS[(k + k // 25) % 10]
        path = pattern.replace("{v}", "v1" if k % 4 else "v2").replace("{a}", a)
        path = path.replace("{b}", b if b != a else "history")
        if (method, path) not in seen:
            seen.add((method, path))
            yield method, path.replace("}", "{").split("{")


def rush_hours():
    """Seconds into the day at which each of 8,641 equal shares of its requests has come in: the
    inverse of the integral of 1 + 0.6 sin over one day."""
    def share(x):
        return x + 0.6 / math.tau * (math.cos(math.tau * 0.3) - math.cos(math.tau * (x - 0.3)))

    steps = [n / 8640 for n in range(8641)]
    shares = [share(x) for x in steps]
    seconds = []
    for wanted in steps:
        after = min(max(bisect.bisect_left(shares, wanted), 1), 8640)
        width = shares[after] - shares[after - 1]
        seconds.append((steps[after - 1] + (wanted - shares[after - 1]) / width / 8640) * 86_400)
    return seconds


def requests(seed, rate, midnight):
    """First the world, then its requests without end. Each request spends 160 random bits on what
    it is, a few at a time, and 256 on identifiers."""
    rng = random.Random(seed)
    world = World(rng)
    yield world
    draw, chance = rng.getrandbits, rng.random
    day = rush_hours()
    consumer_lot, route_lot = lot(zipf(5000, 1.1), 18), lot(zipf(16, 1.0), 10)
    agent_lot, status_lot = lot(zipf(200, 0.9), 12), lot(STATUSES.values(), 12)
    statuses = list(STATUSES)
    sizes = [min(int(size), 50_000_000) for size in lognormal(7.0, 1.4, 12)]
    durations = [round(seconds * 1000) for seconds in lognormal(-3.4, 1.0, 12)]
    for index in itertools.count():
        days, share = divmod((index + chance()) / rate, 1.0)
        step, rest = divmod(share * 8640, 1.0)
        step = int(step)
        second = midnight + days * 86_400 + day[step] + (day[step + 1] - day[step]) * rest
        bits, ids = draw(160), draw(256)
        if bits & 0x1F == 0:
            second += 3 * math.log(1 - chance())
        consumer = consumer_lot[bits >> 5 & 0x3FFFF]
        method, parts = world.routes[world.routes_of[consumer][route_lot[bits >> 23 & 0x3FF]]]
        status = statuses[status_lot[bits >> 33 & 0xFFF]]
        size = 0 if status in (204, 304) else sizes[bits >> 45 & 0xFFF]
        agent = (consumer * 13 + agent_lot[bits >> 57 & 0xFFF]) % 200
        address = world.addresses[(consumer * 7 + (bits >> 69 & 3)) % 20_000]
        referer = world.referers[(bits >> 73 & 0xFFF) % 120] if bits >> 71 & 3 == 0 else ""
        target = path(parts, ids)
        if bits >> 85 & 0xF < 5:
            chosen = (QUERIES[(bits >> shift & 0xFFF) % 14] for shift in (89, 97, 105))
            target += "?" + "&".join(itertools.islice(chosen, 1 + (bits >> 148) % 3))
        version = "HTTP/1.1" if bits >> 117 & 0xF > 9 else "HTTP/2.0"
        caller = -1 if bits >> 121 & 0x1F == 0 else consumer
        yield (int(second), caller, method, target, status, size, durations[bits >> 126 & 0xFFF],
               address, referer, agent, version, ids, consumer % 3)


def path(parts, ids):
    """A path from its parts, with identifiers out of 256 random bits."""
    if len(parts) == 1:
        return parts[0]
    path_ = parts[0]
    for place in range(1, len(parts), 2):
        kind = parts[place]
        if kind == "int":
            path_ += str(1 + ids % 2_000_000)
        elif kind == "hex":
            path_ += "%016x" % (ids >> 32 & 0xFFFFFFFFFFFFFFFF)
        else:
            h = "%032x" % (ids >> 96 & (1 << 128) - 1)
            path_ += f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
        path_ += parts[place + 1]
    return path_


def write(out, format_, line_count, seed, rate, midnight):
    stream = requests(seed, rate, midnight)
    world = next(stream)
    is_json = format_ == "json"
    escapes = [("\\", "\\\\"), ('"', '\\"')] if is_json else [("\\", "\\x5C"), ('"', "\\x22")]
    agents = world.agents
    for plain, escaped in escapes:
        agents = [agent.replace(plain, escaped) for agent in agents]
    consumers = world.consumers + ["" if is_json else "-"]
    stamps = {}
    stamp_format = "%Y-%m-%dT%H:%M:%S+00:00" if is_json else "%d/%b/%Y:%H:%M:%S +0000"
    lines = []
    for request in itertools.islice(stream, line_count):
        (second, caller, method, target, status, size, milliseconds, address, referer, agent,
         version, ids, host) = request
        stamp = stamps.get(second)
        if stamp is None:
            if len(stamps) > 20_000:
                stamps.clear()
            stamp = stamps[second] = time.strftime(stamp_format, time.gmtime(second))
        duration = f"{milliseconds // 1000}.{milliseconds % 1000:03}"
        if is_json:
            upstream = max(milliseconds - 1, 0)
            lines.append(
                f'{{"time":"{stamp}","remote_addr":"{address}","remote_user":"{consumers[caller]}",'
                f'"request_id":"{ids >> 128:032x}","host":"{HOSTS[host]}",'
                f'"request_method":"{method}","request_uri":"{target}",'
                f'"server_protocol":"{version}","status":{status},"body_bytes_sent":{size},'
                f'"request_length":{180 + ids % 1420},"request_time":{duration},'
                f'"upstream_response_time":"{upstream // 1000}.{upstream % 1000:03}",'
                f'"http_referer":"{referer}","http_user_agent":"{agents[agent]}"}}\n')
        else:
            line = (f'{address} - {consumers[caller]} [{stamp}] "{method} {target} {version}"'
                    f" {status} {size}")
            if format_ != "common":
                line += f' "{referer or "-"}" "{agents[agent]}"'
            if format_ == "combined-rt":
                line += f" {duration}"
            lines.append(line + "\n")
        if len(lines) == 10_000:
            out.write("".join(lines).encode())
            lines.clear()
    out.write("".join(lines).encode())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    formats = ["combined", "combined-rt", "common", "json"]
    parser.add_argument("--format", default="combined-rt", choices=formats)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=1_100_000, help="lines per day")
    parser.add_argument("--start", default="2025-11-10")
    arguments = parser.parse_args()
    midnight = calendar.timegm(time.strptime(arguments.start, "%Y-%m-%d"))
    write(sys.stdout.buffer, arguments.format, arguments.lines, arguments.seed, arguments.rate,
          midnight)


if __name__ == "__main__":
    main()
