"""The importer's job in polars: sums and histogram by minute, consumer, method, route and status.

usage: POLARS_MAX_THREADS=THREADS pol.py combined|json FILE[.gz]

Folds ids in paths as floor.c does. Prints the number of groups, requests and response bytes."""

import sys

import polars as pl

KEY = ["minute", "consumer", "method", "route", "status"]
kind, path = sys.argv[1:]

if kind == "json":
    schema = {
        "time": pl.String,
        "remote_user": pl.String,
        "request_method": pl.String,
        "request_uri": pl.String,
        "status": pl.Int64,
        "body_bytes_sent": pl.Int64,
        "request_time": pl.Float64,
    }
    rows = pl.scan_ndjson(path, schema=schema).select(
        pl.col("time").str.slice(0, 16).alias("minute"),
        pl.col("remote_user").alias("consumer"),
        pl.col("request_method").alias("method"),
        pl.col("request_uri").alias("target"),
        "status",
        pl.col("body_bytes_sent").alias("bytes"),
        pl.col("request_time").alias("seconds"),
    )
else:
    # A log line happens to be CSV with spaces as long as quotes are written \x22, as nginx does.
    schema = dict.fromkeys(
        ["address", "identity", "consumer", "stamp", "zone", "request"], pl.String
    )
    schema |= {
        "status": pl.UInt16,
        "bytes": pl.Int64,
        "referer": pl.String,
        "agent": pl.String,
        "seconds": pl.Float64,
    }
    parts = pl.col("request").str.split_exact(" ", 2).struct
    rows = pl.scan_csv(path, separator=" ", has_header=False, quote_char='"', schema=schema).select(
        pl.col("stamp").str.slice(1, 17).alias("minute"),
        "consumer",
        parts.field("field_0").alias("method"),
        parts.field("field_1").alias("target"),
        "status",
        "bytes",
        "seconds",
    )

route = (
    pl.col("target")
    .str.split_exact("?", 1)
    .struct.field("field_0")
    .str.replace_all(r"/(?:[0-9a-f]{8,}(?:-[0-9a-f-]+)?|[0-9]+)\b", "/{id}")
)
slot = ((pl.col("seconds") * 1000 + 1).log(2) + 1e-9).floor().cast(pl.Int64)
groups = (
    rows.with_columns(route.alias("route"), slot.alias("slot"))
    .group_by(*KEY, "slot")
    .agg(pl.len().alias("requests"), pl.col("bytes").sum(), pl.col("seconds").sum())
    .with_columns((pl.col("slot") * pl.col("requests")).alias("slot_sum"))
    .group_by(KEY)
    .agg(pl.col("requests", "bytes", "seconds", "slot_sum").sum(), pl.len().alias("slots"))
)
print(
    *groups.select(pl.len().alias("groups"), pl.col("requests", "bytes", "slots", "slot_sum").sum())
    .collect(engine="streaming")
    .row(0)
)
