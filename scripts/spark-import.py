#!/usr/bin/env python3
"""Imports logs into Apitally with a Spark cluster. docs/CLUSTER.md says how, and when not to.

usage: spark-submit [--archives backtally-VERSION.tar.gz#bt] scripts/spark-import.py --config FILE
           --input GLOB [--input GLOB…] --work DIR [--state-dir DIR] [--no-deliver] [OPTION…]

Spark moves bytes and restarts what dies; all counting is done by `backtally cluster tally`,
`admit`, `merge` and `import`. In the order of the phases: the objects are listed, those that the
ledger knows are left out, tasks of about 256 MB tally the rest, the driver admits the sources, the
rows are shuffled by bucket and merged, the messages are written to DIR, and the driver imports them
in one transaction. What is complete in DIR is not made again, so that the same command goes on
after whatever has ended it.

RDD API and standard library only; Spark 3.5 and 4. Python 3.9 or later on all machines."""

import argparse
import glob
import hashlib
import heapq
import importlib.util
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zlib

# What one task reads, in bytes as they lie in storage.
BIN_BYTES = 256 << 20
# How many bins there are at least for each core, so that none waits for the last.
BINS_A_CORE = 3
# sc.binaryFiles holds a whole object in memory, several times.
BINARY_FILES_LIMIT = 128 << 20
# Beyond so many bytes of messages a job is better split by day.
MESSAGES_LIMIT = 10 << 30
# From this share on, one file decides how long the job takes.
LARGE_SHARE = 0.4
COPY_BYTES = 1 << 20


class JobError(Exception):
    """What the user has to know; the exit status goes with it."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


# Planning: pure.


def is_remote(path):
    """Whether a path is an object's address, and not that of a file which all machines see."""
    return "://" in path


def address(text):
    """An object's address in one spelling: Hadoop writes `file:/a` for what others call `file:///a`."""
    if text.startswith("file:/") and not text.startswith("file://"):
        return "file://" + text.removeprefix("file:")
    return text


def bins(objects, cores, limit=BIN_BYTES):
    """Lists of paths, one for each task: the largest objects first, each into the emptiest bin.

    An object above the limit gets a bin that nothing else comes into before others are as full."""
    total = sum(item["size"] for item in objects)
    count = min(max(-(-total // limit), BINS_A_CORE * cores, 1), len(objects))
    heap = [(0, number) for number in range(count)]
    filled = [[] for _ in range(count)]
    for item in sorted(objects, key=lambda item: (-item["size"], item["path"])):
        size, number = heapq.heappop(heap)
        filled[number].append(item["path"])
        heapq.heappush(heap, (size + item["size"], number))
    return filled


def advice(objects, cores):
    """Notes about the job, before anything is read."""
    notes = []
    total = sum(item["size"] for item in objects)
    largest = max(objects, key=lambda item: item["size"], default=None)
    if cores > 1 and largest and total > BIN_BYTES and largest["size"] > LARGE_SHARE * total:
        share = round(100 * largest["size"] / total)
        notes.append(
            f"one file has {share} % of the bytes, and is read by one core: {largest['path']}"
        )
    return notes


def partition_of(bucket, parts):
    """The partition of a bucket's rows; the books, whose bucket is -1, have the last one."""
    return parts if bucket < 0 else bucket % parts


def bucket_of(row):
    """The bucket of a row of tallies; -1 of all other rows."""
    return int(row[5 : row.index(b",", 5)]) if row.startswith(b'{"b":') else -1


class RowChecker:
    """Holds the rows of a stream against its last one."""

    def __init__(self):
        self.rows, self.crc, self.end = 0, 0, None

    def add(self, row):
        """Whether the row is one to hand on."""
        if self.end is not None:
            raise JobError("there is a row behind the last one")
        if row.startswith(b'{"end":'):
            self.end = json.loads(row)
            return False
        self.rows += 1
        self.crc = zlib.crc32(row, self.crc)
        return True

    def finish(self):
        if self.end is None:
            raise JobError("the rows are cut off")
        if (self.end["rows"], self.end["crc32"]) != (self.rows, f"{self.crc:08x}"):
            raise JobError("the rows are damaged")


# Running backtally, on any machine.


def find_backtally(named):
    """The program: as named, out of the bundle, or on the path."""
    # The tarball of the packages has a folder that is named for its version.
    bundled = ["bt/backtally", *sorted(glob.glob("bt/backtally-*/backtally"))]
    for candidate in [named, *bundled, shutil.which("backtally")]:
        if candidate and os.access(candidate, os.X_OK):
            return os.path.abspath(candidate)
    raise JobError(f"there is no program at {named or 'bt/backtally'}, and none on the path", 2)


def lines_of(command, feed):
    """The lines that a command writes, whose input `feed` writes; fails unless it exits with 0."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=COPY_BYTES,
        )
        problems = []

        def write():
            try:
                with process.stdin as pipe:
                    feed(pipe)
            except BrokenPipeError:
                pass  # The program has ended, and says why.
            except BaseException as error:
                problems.append(error)
                process.kill()

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        try:
            yield from process.stdout
            writer.join()
            status = process.wait()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        if problems:
            raise problems[0]
        if status != 0:
            errors.seek(0)
            text = errors.read()[-2000:].decode(errors="replace")
            raise JobError(
                f"{' '.join(command[1:3])} ended with exit status {status}: {text}", status
            )


# On executors.


class Task:
    """What tasks need to know; it travels to them."""

    def __init__(self, options, names):
        self.program = options.backtally
        self.configuration = names[0]
        self.words = options.tally_option or []
        self.target = options.target
        self.reader = options.read

    def tally_command(self, arguments):
        command = [find_backtally(self.program), "cluster", "tally", *arguments]
        # The configuration and what it names are in the folder of the job's files.
        from pyspark import SparkFiles

        command += ["--config", SparkFiles.get(self.configuration), *self.words]
        return command + (["--target", self.target] if self.target else [])

    def rows(self, command, feed):
        """Pairs of bucket and row. The end of the stream is checked before the task ends well."""
        checker = RowChecker()
        for row in lines_of(command, feed):
            if checker.add(row):
                yield bucket_of(row), row
        checker.finish()

    def tally_paths(self, partition):
        """Of a partition of lists of paths."""
        paths = [path for paths in partition for path in paths]
        if not paths:
            return
        if is_remote(paths[0]):
            command = self.tally_command(["--archive", "tar", "-"])
            yield from self.rows(command, lambda pipe: write_tar(pipe, map(self.opened, paths)))
        else:
            command = self.tally_command(["--files-from", "-"])
            listed = b"".join(os.fsencode(path) + b"\0" for path in paths)
            yield from self.rows(command, lambda pipe: pipe.write(listed))

    def tally_contents(self, partition):
        """Of a partition of pairs of path and content."""
        partition = iter(partition)
        first = next(partition, None)
        if first is None:
            return

        def members():
            for path, content in [first]:
                yield member(path, content)
            for path, content in partition:
                yield member(path, content)

        command = self.tally_command(["--archive", "tar", "-"])
        yield from self.rows(command, lambda pipe: write_tar(pipe, members()))

    def opened(self, path):
        """An object as a member of an archive: its name, its size, and a file."""
        return open_object(path, self.reader)

    def merge(self, partition, admitted):
        """Lines of messages, of pairs of bucket and row in the order of buckets."""
        from pyspark import SparkFiles

        command = [find_backtally(self.program), "cluster", "merge"]
        command += ["--admitted", SparkFiles.get(admitted)]

        def feed(pipe):
            for bucket, row in partition:
                if bucket >= 0:
                    pipe.write(row)

        for line in lines_of(command, feed):
            yield line.decode().rstrip("\n")


def member(path, content):
    return address(path), len(content), io.BytesIO(content)


def write_tar(pipe, members):
    """Writes an archive: each member is a name, a size and an open file, which is closed."""
    with tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name, size, file in members:
            with file:
                header = tarfile.TarInfo(name)
                header.size = size
                archive.addfile(header, file)


def reader_here():
    """How objects can be opened as streams on this machine: pyarrow, boto3, or not at all."""
    for name in ["pyarrow", "boto3"]:
        if importlib.util.find_spec(name):
            return name
    return "spark"


def open_object(uri, reader):
    """Name, size and stream of an object."""
    scheme, rest = uri.split("://", 1)
    if scheme == "file":
        path = "/" + rest.lstrip("/")
        return uri, os.path.getsize(path), open(path, "rb")
    if reader == "boto3":
        if scheme not in ("s3", "s3a", "s3n"):
            raise JobError(f"boto3 opens no {scheme}://; install pyarrow on the executors", 2)
        import boto3

        bucket, key = rest.split("/", 1)
        answer = boto3.client("s3").get_object(Bucket=bucket, Key=key)
        return uri, answer["ContentLength"], answer["Body"]
    from pyarrow import fs

    names = {"s3a": "s3", "s3n": "s3", "abfss": "abfss", "abfs": "abfs"}
    system, path = fs.FileSystem.from_uri(f"{names.get(scheme, scheme)}://{rest}")
    size = system.get_file_info(path).size
    return uri, size, system.open_input_stream(path, compression=None)


# Storage, as the driver sees it.


class LocalStorage:
    """A folder of a file system that all machines share."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def uri(self, name):
        return (self.folder.resolve() / name).as_uri()

    def exists(self, name):
        return (self.folder / name).exists()

    def read(self, name):
        return (self.folder / name).read_bytes()

    def write(self, name, content):
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{name}.tmp-{os.getpid()}"
        temporary.write_bytes(content)
        temporary.replace(self.folder / name)

    def remove(self, name):
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def local_copy(self):
        """A folder of this machine with all that is in it."""
        return str(self.folder)

    def close(self):
        """Removes what was made for the time being: nothing."""


class HadoopStorage:
    """A folder of one of Spark's own file systems."""

    def __init__(self, context, folder):
        self.context, self.folder = context, folder.rstrip("/")
        self.staging = None

    def path(self, name):
        return self.context._jvm.org.apache.hadoop.fs.Path(f"{self.folder}/{name}")

    def system(self, path):
        return path.getFileSystem(self.context._jsc.hadoopConfiguration())

    def uri(self, name):
        return f"{self.folder}/{name}"

    def exists(self, name):
        path = self.path(name)
        return self.system(path).exists(path)

    def read(self, name):
        with tempfile.TemporaryDirectory() as folder:
            self.download(name, f"{folder}/copy")
            return pathlib.Path(folder, "copy").read_bytes()

    def write(self, name, content):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "copy")
            file.write_bytes(content)
            source = self.context._jvm.org.apache.hadoop.fs.Path(file.as_uri())
            target = self.path(name)
            self.system(target).copyFromLocalFile(False, True, source, target)

    def remove(self, name):
        path = self.path(name)
        self.system(path).delete(path, True)

    def download(self, name, file):
        path = self.path(name)
        target = self.context._jvm.org.apache.hadoop.fs.Path(pathlib.Path(file).resolve().as_uri())
        self.system(path).copyToLocalFile(False, path, target, True)

    def local_copy(self):
        if self.staging is None:
            self.staging = tempfile.mkdtemp(prefix="backtally-job-")
        messages = pathlib.Path(self.staging, "messages")
        messages.mkdir(exist_ok=True)
        for name in ["admitted.ndjson", "manifest.json"]:
            if self.exists(name):
                self.download(name, f"{self.staging}/{name}")
        folder = self.path("messages")
        for status in self.system(folder).listStatus(folder):
            name = status.getPath().getName()
            if name.startswith("part-") and not (messages / name).exists():
                self.download(f"messages/{name}", messages / name)
        return self.staging

    def close(self):
        if self.staging:
            shutil.rmtree(self.staging, ignore_errors=True)


def listed_local(pattern):
    for path in glob.glob(pattern, recursive=True):
        if os.path.isfile(path):
            status = os.stat(path)
            yield {
                "path": os.path.abspath(path),
                "size": status.st_size,
                "modified": status.st_mtime_ns,
            }


def listed_remote(context, pattern):
    path = context._jvm.org.apache.hadoop.fs.Path(pattern)
    system = path.getFileSystem(context._jsc.hadoopConfiguration())
    for status in system.globStatus(path) or []:
        if status.isFile():
            yield {
                "path": address(status.getPath().toString()),
                "size": status.getLen(),
                "modified": status.getModificationTime() * 1_000_000,
            }


def listed(context, patterns):
    """All objects that the patterns match, each once, in the order of their paths."""
    objects = {}
    for pattern in patterns:
        remote = is_remote(pattern)
        found = list(listed_remote(context, pattern) if remote else listed_local(pattern))
        if not found:
            raise JobError(f"nothing matches {pattern}", 4)
        objects.update((item["path"], item) for item in found)
    if len({is_remote(path) for path in objects}) > 1:
        raise JobError("a job reads either files or objects; make two jobs of them", 2)
    return [objects[path] for path in sorted(objects)]


# The phases.


class Job:
    def __init__(self, context, options):
        self.context, self.options = context, options
        remote = is_remote(options.work)
        self.work = HadoopStorage(context, options.work) if remote else LocalStorage(options.work)
        self.program = find_backtally(options.driver_backtally or options.backtally)
        # Spark hands out files of this folder as long as the job runs.
        self.shared = tempfile.mkdtemp(prefix="backtally-job-")

    def close(self):
        shutil.rmtree(self.shared, ignore_errors=True)
        self.work.close()

    def say(self, text):
        print(f"spark-import: {text}", file=sys.stderr, flush=True)

    def backtally(self, *arguments, input_=None, check=True):
        """Runs a command of backtally on the driver; what it prints is shown."""
        command = [self.program, "cluster", *arguments]
        done = subprocess.run(command, input=input_, stdout=subprocess.PIPE, check=False)
        if check and done.returncode:
            raise JobError(
                f"backtally cluster {arguments[0]}: exit status {done.returncode}", done.returncode
            )
        return done

    def target_options(self):
        options = ["--config", self.options.config]
        if self.options.target:
            options += ["--target", self.options.target]
        # The ledger tells apps apart by the address that their messages go to.
        for name in ["state_dir", "hub_url", "otlp_url"]:
            value = getattr(self.options, name)
            if value:
                options += [f"--{name.replace('_', '-')}", value]
        return options

    def run(self):
        self.claim_work()
        if not self.work.exists("manifest.json"):
            if not (self.work.exists("messages/_SUCCESS") and self.work.exists("admitted.ndjson")):
                self.work.remove("messages")
                self.make_messages()
            self.seal()
        if self.options.no_deliver:
            command = f"backtally cluster import --config {self.options.config}"
            self.say(f"ready: {command} {self.options.work}")
            return 0
        folder = self.work.local_copy()
        arguments = ["import", *self.target_options(), "--summary", self.options.summary, folder]
        done = self.backtally(*arguments, check=False)
        sys.stdout.write(done.stdout.decode())
        sys.stdout.flush()
        return done.returncode

    def claim_work(self):
        """One folder is for one job: another would take its messages for its own."""
        options = self.options
        identity = {
            "config": hashlib.sha256(pathlib.Path(options.config).read_bytes()).hexdigest(),
            "inputs": sorted(options.input),
            "target": options.target or "",
            "tally_options": options.tally_option or [],
        }
        if not self.work.exists("job.json"):
            self.work.write("job.json", json.dumps(identity, sort_keys=True).encode())
        elif json.loads(self.work.read("job.json")) != identity:
            raise JobError(f"{options.work} is the folder of another job; name a new one", 2)

    def make_messages(self):
        objects = listed(self.context, self.options.input)
        new = self.unknown(objects)
        size = sum(item["size"] for item in new)
        known = len(objects) - len(new)
        self.say(f"{len(objects)} objects, {known} known, {size} bytes to read")
        cores = max(self.context.defaultParallelism, 1)
        for note in advice(new, cores):
            self.say(f"note: {note}")
        parts = self.options.parts or max(BINS_A_CORE * cores, 1)
        task = Task(self.options, self.share_files())
        rows = self.tallied(task, new, cores).repartitionAndSortWithinPartitions(
            parts + 1, lambda bucket: partition_of(bucket, parts)
        )
        self.admit(self.books(rows, parts), objects)
        self.merge(task, rows)

    def unknown(self, objects):
        """The objects that the ledger does not know as they are."""
        listing = "".join(json.dumps(item) + "\n" for item in objects).encode()
        done = self.backtally("admit", "--stamps", *self.target_options(), input_=listing)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def share_files(self):
        """Gives the configuration and the files it names to all machines; their names there."""
        files = [self.options.config, *(self.options.with_file or [])]
        for file in files:
            self.context.addFile(os.path.abspath(file))
        return [os.path.basename(file) for file in files]

    def tallied(self, task, objects, cores):
        remote = bool(objects) and is_remote(objects[0]["path"])
        filled = bins(objects, cores, self.options.bin_bytes) if objects else [[]]
        if remote and not objects[0]["path"].startswith("file:") and task.reader == "auto":
            probe = self.context.parallelize(range(cores), cores).map(lambda _: reader_here())
            # The least that any of them can do.
            task.reader = max(probe.collect(), key=["pyarrow", "boto3", "spark"].index)
        if remote and task.reader == "spark":
            return self.binary_files(objects, len(filled)).mapPartitions(task.tally_contents)
        return self.context.parallelize(filled, len(filled)).mapPartitions(task.tally_paths)

    def binary_files(self, objects, count):
        """Whole objects as Spark reads them."""
        large = [item["path"] for item in objects if item["size"] > BINARY_FILES_LIMIT]
        if large:
            raise JobError(
                f"{len(large)} objects above {BINARY_FILES_LIMIT >> 20} MB, such as {large[0]}, "
                "cannot be read as a whole: install pyarrow on the executors, or mount the store",
                2,
            )
        return self.context.binaryFiles(",".join(item["path"] for item in objects), count)

    def books(self, rows, parts):
        """The rows of sources, which have the last partition; the first job that reads anything."""
        return [row for _, row in self.context.runJob(rows, lambda rows: rows, [parts])]

    def admit(self, books, objects):
        if not books:
            raise JobError("all objects were imported before: nothing to do", 0)
        folder = self.shared
        books_path, objects_path = f"{folder}/books.ndjson", f"{folder}/objects.ndjson"
        with open(books_path, "wb") as file:
            file.writelines(books)
        with open(objects_path, "w") as file:
            file.writelines(json.dumps(item) + "\n" for item in objects)
        # A name of its own, since what has a name is handed out once.
        self.admitted = f"{os.path.basename(folder)}.ndjson"
        admitted = f"{folder}/{self.admitted}"
        arguments = ["admit", *self.target_options(), "--sources", books_path, "--out", admitted]
        arguments += ["--bad-sources", self.options.bad_sources]
        arguments += ["--max-rejected", str(self.options.max_rejected)]
        # Files have stamps of their own, with their inodes.
        if is_remote(objects[0]["path"]):
            arguments += ["--objects", objects_path]
        self.say(self.backtally(*arguments).stdout.decode().strip())
        self.work.write("admitted.ndjson", pathlib.Path(admitted).read_bytes())
        self.context.addFile(admitted)

    def merge(self, task, rows):
        admitted = self.admitted
        merged = rows.mapPartitions(lambda partition: task.merge(partition, admitted))
        merged.saveAsTextFile(self.work.uri("messages"))

    def seal(self):
        """Writes the manifest: from then on the messages are promised."""
        folder = self.work.local_copy()
        self.say(self.backtally("merge", "--seal", folder).stdout.decode().strip())
        manifest = pathlib.Path(folder, "manifest.json").read_bytes()
        size = sum(part["bytes"] for part in json.loads(manifest)["parts"])
        if size > MESSAGES_LIMIT:
            self.say(f"warning: {size >> 30} GB of messages; split such a job by day")
        if isinstance(self.work, HadoopStorage):
            self.work.write("manifest.json", manifest)


def parsed(arguments):
    parser = argparse.ArgumentParser(
        prog="spark-import.py", description=__doc__.split("\n")[0], allow_abbrev=False
    )
    add = parser.add_argument
    add(
        "--config",
        required=True,
        metavar="FILE",
        help="backtally's configuration, with a named format",
    )
    add(
        "--input",
        required=True,
        action="append",
        metavar="GLOB",
        help="files, or objects such as s3a://logs/*.gz",
    )
    add(
        "--work",
        required=True,
        metavar="DIR",
        help="where the job keeps its messages; one for each job",
    )
    add("--state-dir", metavar="DIR", help="backtally's state, on the driver's own disk")
    add(
        "--target", choices=["hub", "otlp"], help="which protocol; else what the configuration says"
    )
    add("--hub-url", metavar="URL", help="another hub")
    add("--otlp-url", metavar="URL", help="another receiver of OTLP")
    add("--no-deliver", action="store_true", help="stop when the messages are complete")
    add(
        "--bad-sources",
        choices=["fail", "skip"],
        default="fail",
        help="what to do about damaged files",
    )
    add("--max-rejected", type=float, default=10.0, metavar="PERCENT")
    add("--parts", type=int, metavar="N", help="partitions to merge in (default: 3 for each core)")
    add(
        "--bin-bytes",
        type=int,
        default=BIN_BYTES,
        metavar="N",
        help="how much a task reads (default: 256 MiB)",
    )
    add(
        "--read",
        choices=["auto", "pyarrow", "boto3", "spark"],
        default="auto",
        help="how objects are read",
    )
    add("--with-file", action="append", metavar="FILE", help="a file that the configuration names")
    add(
        "--tally-option",
        action="append",
        metavar="WORD",
        help="a word for `backtally cluster tally`",
    )
    add(
        "--backtally",
        metavar="FILE",
        help="the program (default: bt/backtally, else that on the path)",
    )
    add("--driver-backtally", metavar="FILE", help="the same on the driver")
    add("--summary", choices=["text", "json"], default="text")
    options = parser.parse_args(arguments)
    if options.parts is not None and options.parts < 1:
        parser.error("--parts is a number from 1")
    if options.bin_bytes < 1:
        parser.error("--bin-bytes is a number from 1")
    return options


def main():
    options = parsed(sys.argv[1:])
    from pyspark import SparkContext

    context = SparkContext.getOrCreate()
    context.setLogLevel("WARN")
    job = None
    try:
        job = Job(context, options)
        return job.run()
    except JobError as error:
        print(f"spark-import: {error}", file=sys.stderr)
        return error.status
    finally:
        if job:
            job.close()
        context.stop()


if __name__ == "__main__":
    sys.exit(main())
