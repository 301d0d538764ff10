#!/usr/bin/env python3
"""Write the demo's access log: a morning of a small shop's API behind nginx.

usage: gen_demo_log.py [--lines N] [--seed S] > access.log

nginx's `combined` with `$request_time` behind it; the API's clients authenticate by name, so that
`$remote_user` tells whose request it is. A dozen clients, a dozen endpoints, and what stands in
every real log beside them: health checks, preflights, scanners, connections without a request.

The same arguments give the same bytes: nothing of `random` is used but random(), which Python keeps
the same over its versions. fixtures/demo/access.log.gz is this with no arguments, by `gzip -9n`.
Standard library only."""
import argparse
import calendar
import math
import random
import sys
import time

START = calendar.timegm((2026, 11, 2, 9, 0, 12))
LENGTH_SECONDS = 3 * 3600
# name, weight, address, user agent
CLIENTS = [
    ("acme-web", 30, "198.51.100.17", "acme-storefront/4.2 (node 22)"),
    ("acme-mobile", 22, "198.51.100.18", "Acme/7.1 (iPhone; iOS 19.0)"),
    ("globex", 14, "203.0.113.40", "python-requests/2.32.3"),
    ("initech", 9, "203.0.113.77", "okhttp/4.12.0"),
    ("hooli-sync", 7, "192.0.2.201", "Go-http-client/2.0"),
    ("umbrella", 5, "192.0.2.14", "axios/1.7.9"),
    ("wayne-erp", 4, "192.0.2.90", "Apache-HttpClient/5.4 (Java/21)"),
    ("stark-batch", 3, "203.0.113.8", "curl/8.11.0"),
    ("-", 6, "198.51.100.99", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"),
]
# method, target, weight, usual status, median size, median milliseconds
ENDPOINTS = [
    ("GET", "/v1/products", 20, 200, 8200, 22),
    ("GET", "/v1/products/{int}", 26, 200, 1450, 9),
    ("GET", "/v1/products?q=blue+shoes&page={page}", 7, 200, 6400, 61),
    ("GET", "/v1/carts/{uuid}", 12, 200, 900, 7),
    ("POST", "/v1/carts/{uuid}/items", 9, 201, 310, 18),
    ("DELETE", "/v1/carts/{uuid}/items/{int}", 3, 204, 0, 12),
    ("POST", "/v1/orders", 5, 201, 620, 95),
    ("GET", "/v1/orders/{int}", 8, 200, 1100, 11),
    ("GET", "/v1/orders/{int}/invoice.pdf", 2, 200, 48000, 140),
    ("GET", "/v1/reports/2026-10-{day}", 1, 200, 91000, 850),
    ("PATCH", "/v1/customers/{int}", 2, 200, 540, 25),
    ("GET", "/healthz", 5, 200, 2, 1),
]
SCANS = ["/.env", "/wp-login.php", "/phpmyadmin/index.php", "/.git/config"]


def log_lines(line_count, seed):
    chance = random.Random(seed).random

    def choose(rows, weight_index=1):
        rest = chance() * sum(row[weight_index] for row in rows)
        for row in rows:
            rest -= row[weight_index]
            if rest < 0:
                return row
        return rows[-1]

    def around(median, spread=0.5):
        """A log-normal number by Box and Muller."""
        normal = math.sqrt(-2 * math.log(1 - chance())) * math.cos(math.tau * chance())
        return median * math.exp(spread * normal)

    def filled(target):
        hexadecimal = "%08x-%04x-4%03x-a%03x-%012x" % tuple(
            int(chance() * 16 ** digits) for digits in (8, 4, 3, 3, 12))
        return (target.replace("{int}", str(1 + int(chance() * 40_000)))
                .replace("{uuid}", hexadecimal).replace("{page}", str(1 + int(chance() * 9)))
                .replace("{day}", "%02d" % (1 + int(chance() * 31))))

    def status_for(usual, target):
        dice = chance()
        if target == "/healthz" or dice > 0.06:
            return usual
        return next(s for share, s in
                    [(.020, 404), (.032, 400), (.042, 401), (.050, 429), (.056, 500), (.06, 503)]
                    if dice <= share)

    for number in range(line_count):
        # Busiest in the middle.
        share = number / line_count
        second = START + int(LENGTH_SECONDS * (share + 0.11 * math.sin(math.tau * share)))
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))
        name, _, address, agent = choose(CLIENTS)
        dice = chance()
        if dice < 0.004:
            yield (f'192.0.2.66 - - [{stamp}] "\\x16\\x03\\x01\\x02\\x00\\x01\\x00" 400 157 "-" "-" 0.012')
            continue
        if dice < 0.012:
            target = SCANS[int(chance() * len(SCANS))]
            yield (f'192.0.2.66 - - [{stamp}] "GET {target} HTTP/1.1" 404 146 "-"'
                   ' "Mozilla/5.0 zgrab/0.x" 0.000')
            continue
        method, target, _, usual, size, milliseconds = choose(ENDPOINTS, 2)
        if dice < 0.035:
            method, usual, size, milliseconds, name = "OPTIONS", 204, 0, 1, "-"
        if target == "/healthz":
            name, address, agent = "-", "10.0.0.5", "kube-probe/1.31"
        status = status_for(usual, target)
        size = int(around(size, 0.3)) if status == usual and size > 2 else size if status == usual else 87
        milliseconds = round(around(milliseconds))
        yield (f'{address} - {name} [{stamp}] "{method} {filled(target)} HTTP/1.1" {status} {size}'
               f' "-" "{agent}" {milliseconds // 1000}.{milliseconds % 1000:03}')


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for line in log_lines(arguments.lines, arguments.seed):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
