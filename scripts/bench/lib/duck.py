"""The importer's job in DuckDB: sums and histogram by minute, consumer, method, route and status.

usage: duck.py combined|json FILE[.gz] THREADS

Folds ids in paths as floor.c does. Prints the number of groups, requests and response bytes."""

import sys

import duckdb

kind, path, threads = sys.argv[1:]
compression = "gzip" if path.endswith(".gz") else "none"
file = path.replace("'", "''")
connection = duckdb.connect()
connection.execute(f"SET threads = {int(threads)}")
connection.execute("SET preserve_insertion_order = false")

if kind == "json":
    rows = f"""
      SELECT time[1:16] AS minute, remote_user AS consumer, request_method AS method,
        request_uri AS target, status, body_bytes_sent AS bytes, request_time AS seconds
      FROM read_json('{file}', format = 'newline_delimited', compression = '{compression}',
        columns = {{time: 'VARCHAR', remote_user: 'VARCHAR', request_method: 'VARCHAR',
          request_uri: 'VARCHAR', status: 'USMALLINT', body_bytes_sent: 'BIGINT',
          request_time: 'DOUBLE'}})"""
else:
    # A log line happens to be CSV with spaces as long as quotes are written \x22, as nginx does.
    rows = rf"""
      SELECT stamp[2:18] AS minute, consumer, split_part(request, ' ', 1) AS method,
        split_part(request, ' ', 2) AS target, status, bytes, seconds
      FROM read_csv('{file}', auto_detect = false, header = false, delim = ' ', quote = '"',
        escape = '"', compression = '{compression}', new_line = '\n',
        columns = {{address: 'VARCHAR', identity: 'VARCHAR', consumer: 'VARCHAR', stamp: 'VARCHAR',
          zone: 'VARCHAR', request: 'VARCHAR', status: 'USMALLINT', bytes: 'BIGINT',
          referer: 'VARCHAR', agent: 'VARCHAR', seconds: 'DOUBLE'}})"""

# The histogram's slot is part of the key at first and rolled up then: faster than a map per group.
result = connection.execute(rf"""
  SELECT count(*), sum(requests), sum(bytes), sum(slots), sum(slot_sum)
  FROM (
    SELECT minute, consumer, method, route, status, sum(requests) AS requests, sum(bytes) AS bytes,
      sum(seconds) AS seconds, count(*) AS slots, sum(slot * requests) AS slot_sum
    FROM (
      SELECT minute, consumer, method,
        regexp_replace(split_part(target, '?', 1),
          '/(?:[0-9a-f]{{8,}}(?:-[0-9a-f-]+)?|[0-9]+)\b', '/{{id}}', 'g') AS route,
        status, floor(log2(seconds * 1000 + 1) + 1e-9)::UTINYINT AS slot,
        count(*) AS requests, sum(bytes) AS bytes, sum(seconds) AS seconds
      FROM ({rows}) GROUP BY ALL)
    GROUP BY minute, consumer, method, route, status)""").fetchone()
print(*map(int, result))
