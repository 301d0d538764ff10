"""What is run: every command that a target, a table or a check needs, and in which order."""

import subprocess

import corpus
import hub
import peers
from measuring import Failure, Task, compiled, note
from sums import SummaryCheck, check_payloads, reference_check

KINDS = ("combined", "json")
# Without consumers a key is minute, method, route and status; with them three in four occur once.
PLAIN_DRY_RUN = ["import", "--config", "empty.yaml", "--summary", "json", "--dry-run"]
DRY_RUN = [*PLAIN_DRY_RUN, "--consumer", "remote_user"]


class Suite:
    """All tasks by key, such as ("gzip", "json") or ("gz", "json", 2): the packed log, two jobs."""

    def __init__(self, runner, binary, megabytes, short_megabytes, round_count):
        self.runner, self.binary, self.round_count = runner, binary, round_count
        self.megabytes, self.short_megabytes = megabytes, short_megabytes
        self.logs = {kind: corpus.log(kind, megabytes) for kind in KINDS}
        self.second = corpus.log("combined", megabytes, seed=2)
        self.short = (
            {kind: corpus.log(kind, short_megabytes) for kind in KINDS}
            if short_megabytes != megabytes
            else self.logs
        )
        self.tasks = {}
        self.floor = compiled("floor", "-march=native", "-lz")
        self.delivered_requests = 0

    @property
    def all_logs(self):
        shorter = [] if self.short is self.logs else self.short.values()
        return [*self.logs.values(), self.second, *shorter]

    def run_all(self, with_peers):
        """Runs everything; the versions of the other programs that took part."""
        self.start_up()
        self.plan_main_rounds()
        versions = self.plan_peers() if with_peers else {}
        self.main_rounds()
        self.resident_set_of_short_logs()
        self.delivery()
        self.payloads()
        return versions

    def start_up(self):
        note("start-up")
        task = self.tasks["start-up"] = Task("backtally --version", [self.binary, "--version"])
        for _ in range(21):
            self.runner.run(task)

    def plan_main_rounds(self):
        for kind, log in self.logs.items():
            checked = SummaryCheck(log)
            unpack = Task(
                f"gzip -dc {log.name}.gz", ["sh", "-c", 'exec gzip -dc "$0" >/dev/null', log.packed]
            )
            self.tasks["gzip", kind] = unpack
            for form, path in ("gz", log.packed), ("plain", log.plain):
                name = f"{log.name}{'.gz' * (form == 'gz')}"
                self.tasks["floor", form, kind] = Task(
                    f"floor.c {name}", [self.floor, kind, path], reference_check(log)
                )
                for jobs in (1, 2):
                    self.tasks[form, kind, jobs] = self.dry_run(name, jobs, checked, path)
            nameless = SummaryCheck(log, has_consumers=False)
            for form, path, jobs in (
                ("gz", log.packed, 1),
                ("gz", log.packed, 2),
                ("plain", log.plain, 1),
            ):
                self.tasks["nameless", form, kind, jobs] = Task(
                    f"backtally {log.name}{'.gz' * (form == 'gz')}, jobs {jobs}, no consumers",
                    [self.binary, *PLAIN_DRY_RUN, "--jobs", jobs, path],
                    nameless,
                )
        first, second = self.logs["combined"], self.second
        self.tasks["second", 1] = self.dry_run(
            f"second {second.name}.gz", 1, SummaryCheck(second), second.packed
        )
        self.tasks["both", 2] = self.dry_run(
            f"two {first.name}.gz", 2, SummaryCheck(first, second), first.packed, second.packed
        )

    def plan_peers(self):
        python, goaccess = peers.interpreter(), peers.goaccess()
        for log in self.logs.values():
            tasks = peers.library_tasks(python, log) if python else {}
            if goaccess:
                tasks["GoAccess", log.kind, 1] = peers.goaccess_task(goaccess, log)
            self.tasks |= {("peer", *key): task for key, task in tasks.items()}
        return peers.versions(python, goaccess)

    def main_rounds(self):
        note(f"{self.round_count} interleaved rounds over {corpus.size_name(self.megabytes)}")
        planned = [task for key, task in self.tasks.items() if key != "start-up"]
        self.runner.interleaved(planned, self.round_count)
        self.tasks = {key: task for key, task in self.tasks.items() if task.runs}

    def dry_run(self, name, jobs, check, *paths):
        return Task(
            f"backtally {name}, jobs {jobs}", [self.binary, *DRY_RUN, "--jobs", jobs, *paths], check
        )

    def resident_set_of_short_logs(self):
        if self.short is self.logs:
            return
        note(f"resident set over {corpus.size_name(self.short_megabytes)}")
        for kind, log in self.short.items():
            checked = SummaryCheck(log)
            for jobs in (1, 2):
                for form, path in ("gz", log.packed), ("plain", log.plain):
                    name = f"{log.name}{'.gz' * (form == 'gz')}"
                    task = self.dry_run(name, jobs, checked, path)
                    self.tasks["short", form, kind, jobs] = task
                    self.runner.run(task)

    def delivery(self):
        """Dry run and import into a hub by turns: over the short logs, and over the long combined
        log if there is one."""
        note("end to end into a local hub")
        plan = [("hub", self.short, 1 if self.short is self.logs else 3)]
        if self.short is not self.logs:
            plan.append(("long hub", {"combined": self.logs["combined"]}, 3))
        for key, logs, round_count in plan:
            for kind, log in logs.items():
                checked = SummaryCheck(log)
                dry = self.tasks[key, "dry", kind] = self.dry_run(
                    f"{log.name}.gz beside a hub", 1, checked, log.packed
                )
                task = self.tasks[key, kind] = hub.delivery_task(log)
                for _ in range(round_count):
                    self.runner.run(dry)
                    run = hub.import_into_hub(task, self.binary, self.runner, log)
                    self.delivered_requests += log.sums["requests"]
                    note(
                        f"  {task.name}: {run.cpu:.2f} s CPU, {run.wall:.2f} s wall, "
                        f"{run.peak / 1e6:.0f} MB"
                    )

    def payloads(self):
        """Adds up every message of imports on one thread (short logs) and two (long logs)."""
        note("the messages' sums")
        self.payload_size = {}
        for logs, jobs in (self.short, 1), (self.logs, 2):
            for log in logs.values():
                what = f"messages of {log.name}.gz, jobs {jobs}"
                process = subprocess.Popen(
                    [
                        self.binary,
                        *hub.IMPORT[:5],
                        "--payloads",
                        "-",
                        "--no-ledger",
                        "--client-id",
                        hub.CLIENT_ID,
                        "--env",
                        hub.ENVIRONMENT,
                        "--jobs",
                        str(jobs),
                        log.packed,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=self.runner.folder,
                    env=self.runner.environment,
                )
                try:
                    count, size = check_payloads(what, process.stdout, log.sums)
                finally:
                    process.stdout.close()
                    status = process.wait()
                if status:
                    raise Failure(f"{what}: status {status}")
                self.payload_size[what] = {"messages": count, "bytes": size}
                note(f"  {what}: {count} messages, {size / 1e6:.0f} MB")
