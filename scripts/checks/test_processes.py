"""Tests of scripts/checks/processes; scripts/test runs them."""

import os
import pathlib
import subprocess
import sys
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "processes"


class ProcessesTests(unittest.TestCase):
    def setUp(self):
        self.mark = f"{os.getpid()}-{self.id()}"

    def start(self, *command):
        child = subprocess.Popen(command, env=os.environ | {"BACKTALLY_MARK": self.mark})
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def look(self):
        return subprocess.run(
            [sys.executable, SCRIPT, f"BACKTALLY_MARK={self.mark}"],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_a_process_that_stays_is_named_and_killed(self):
        child = self.start("sleep", "1000")
        result = self.look()
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, f"left behind: {child.pid} sleep 1000\n")
        self.assertEqual(child.wait(timeout=10), -9)

    def test_a_process_that_ends_by_itself_is_none(self):
        self.start("sleep", "0.3")
        result = self.look()
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_others_are_left_alone(self):
        child = self.start("sleep", "1000")
        self.mark += " another"
        self.assertEqual(self.look().returncode, 0)
        self.assertIsNone(child.poll())


if __name__ == "__main__":
    unittest.main()
