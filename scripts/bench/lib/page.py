"""The results as text: a table for the terminal, and a page in Markdown with a picture."""


def target_rows(results):
    rows = [["", "measured", "target", "floor.c", "of", ""]]
    for target in results["targets"]:
        rows.append(
            [
                target["name"],
                number(target["value"], target["unit"]),
                "≤ " + number(target["limit"], target["unit"]),
                number(target["floor"], target["unit"]),
                target["unit"],
                target["verdict"],
            ]
        )
    return rows


def task_rows(results):
    rows = [["", "CPU s", "wall s", "× gzip CPU", "× gzip wall", "MB/s", "peak MB", "runs"]]
    for task in results["tasks"]:
        size = task.get("megabytes")
        rows.append(
            [
                task["name"],
                f"{task['cpu']:.2f}",
                f"{task['wall']:.2f}",
                *(
                    f"{task[key]:.2f}" if task.get(key) else ""
                    for key in ("cpu_ratio", "wall_ratio")
                ),
                f"{size / task['wall']:.0f}" if size else "",
                f"{task['peak_mb']:.0f}",
                str(len(task["runs"])),
            ]
        )
    return rows


def number(value, unit):
    if value is None:
        return ""
    return f"{value:.2f}" if unit.startswith("×") else f"{value:.0f}"


def text_table(rows):
    """Columns padded to their widest cell; all but the first and the wordy ones to the right."""
    rows = [[cell.replace("`", "") for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    wordy = {
        column
        for column in range(len(rows[0]))
        if column == 0
        or any(row[column][:1].isalpha() or row[column][:1] == "×" for row in rows[1:])
    }
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in wordy else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def markdown_table(rows):
    head, *body = rows
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in body]
    return "\n".join(lines)


def machine_lines(results):
    machine, versions = results["machine"], results["machine"]["versions"]
    noise = results["noise"]
    return [
        (
            f"{machine['processor']}, {machine['cores_used']} of {machine['cores']} cores used, "
            f"{machine['memory_gb']} GB, {machine['system']}, Linux {machine['kernel']}"
        ),
        "; ".join(f"{name} {version}" for name, version in versions.items()),
        f"meanwhile other processes took {noise['other_processes']:.0%} of the cores, other "
        f"machines on the host {noise['stolen_by_host']:.0%}"
        + (f"; run at nice {machine['nice']}" if machine["nice"] else "")
        + (
            ". With that much beside it, what is measured in wall clock means little"
            if noise["other_processes"] + noise["stolen_by_host"] > 0.1
            else ""
        ),
    ]


def terminal(results):
    """The table that the user sees at the end."""
    return "\n".join(
        [
            "",
            text_table(target_rows(results)),
            "",
            text_table(task_rows(results)),
            "",
            *machine_lines(results),
            sums_line(results),
        ]
    )


def sums_line(results):
    sums = results["sums"]
    return (
        f"Sums: all {sums['checked_runs']} runs agree with the independent count "
        f"({sums['requests']:,} requests, {sums['response_bytes']:,} response bytes in one of "
        f"each log); so do {sums['checked_messages']:,} messages, added up item by item, and "
        f"{sums['delivered_requests']:,} requests in hubs' totals."
    )


def markdown(results):
    command = "scripts/bench/run" + (" --quick" if results["quick"] else "")
    machine, versions, noise = machine_lines(results)
    return f"""# How fast backtally is

`{command}`, {results["date"]}, medians of {results["rounds"]} interleaved rounds.
The job is `import --dry-run` with folded routes: everything up to the encoded messages. It is done with `--consumer
remote_user`, where three in four keys (minute, consumer, method, route, status) occur once, and without. Ratios are the
whole process against `gzip -dc FILE > /dev/null` of the same log in the same run. `floor.c` shows what the hardware
allows on one thread, without validation and output.

![ratios to gzip -dc](results.svg)

{markdown_table(target_rows(results))}

{sums_line(results)}

## All runs

CPU is user and system time of the process, peak its resident set. Logs are those of `scripts/fixtures/gen_access_log.py`, packed
by `gzip -6`; MB/s are of the uncompressed log.

{markdown_table(task_rows(results))}

## Where

- {machine}
- {versions}
- {noise}
"""  # noqa: E501
