"""Tests of harness.py without a GPU: python3 -m unittest discover -s integration-tests/gpu

Those that need PyTorch for Python are skipped without it; the others then run with a module that stands for it.
"""

import io
import json
import os
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

try:
    import torch
except ImportError:
    torch = None
    fake = mock.MagicMock(name="torch")
    fake.cuda.is_available.return_value = False
    sys.modules["torch"] = fake

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402


def run_main(*words):
    """Returns the exit code and what was printed."""
    text = io.StringIO()
    with redirect_stdout(text), redirect_stderr(text):
        try:
            code = harness.main(list(words))
        except SystemExit as end:
            code = end.code
    return code, text.getvalue()


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class HarnessTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name
        self.json = os.path.join(self.folder, "results.jsonl")

    def test_wrong_arguments_name_the_value_and_the_limit(self):
        for words, message in [
            ([os.path.join(self.folder, "none")], "none: no such folder"),
            ([self.folder, "--rows", "64,x"], "64,x: must be positive whole numbers with commas between"),
            ([self.folder, "--rows", "0"], "0: must be positive whole numbers"),
            ([self.folder, "--repeats", "1,2"], "1,2: must be one positive whole number"),
            ([self.folder, "--size", "100"], "--size 100: must be a multiple of 16"),
            ([self.folder, "--layers", "VGG"], "--layers VGG: no layer's name contains this"),
            ([self.folder, "--numerics-only", "--times-only"], "not allowed with"),
        ]:
            code, text = run_main(*words)
            self.assertEqual(code, 2, text)
            self.assertIn(message, text)

    def test_without_a_device_nothing_runs(self):
        with mock.patch.object(harness.torch.cuda, "is_available", return_value=False):
            code, text = run_main(self.folder, "--json", self.json)
        self.assertEqual(code, 3)
        self.assertIn("no CUDA device", text)
        self.assertEqual(lines_of(self.json), [{"kind": "end", "reason": "no CUDA device"}])

    def test_each_result_is_a_line_at_once(self):
        log = harness.Log(self.json, io.StringIO())
        self.addCleanup(log.close)
        self.assertTrue(log.check("a", 1e-3, 1e-2))
        self.assertEqual(lines_of(self.json)[-1]["right"], True)
        self.assertFalse(log.check("b", float("nan"), 1e-2))
        self.assertEqual(lines_of(self.json)[-1]["error"], "nan")
        self.assertEqual((log.checks, log.wrong), (2, 1))

    def test_what_a_check_throws_is_a_failure_and_ends_nothing(self):
        log = harness.Log(self.json, io.StringIO())
        self.addCleanup(log.close)
        self.assertIsNone(log.guard("division", lambda: 1 / 0))
        self.assertEqual(log.guard("number", lambda: 1), 1)
        failure = lines_of(self.json)[-1]
        self.assertEqual(failure["name"], "division")
        self.assertEqual(failure["reason"], "ZeroDivisionError: division by zero")
        self.assertEqual(log.wrong, 1)

    def test_all_masks_of_a_tile(self):
        masks = harness.two_of_four()
        self.assertEqual(len(set(masks)), 90)
        self.assertEqual(masks[0], 0b1100110000110011)

    def test_layers_that_are_timed(self):
        self.assertEqual(list(harness.chosen_layers("")), list(harness.TIMED))
        self.assertEqual(list(harness.chosen_layers("BERT")), [name for name in harness.SHAPES if "BERT" in name])


@unittest.skipIf(torch is None, "needs PyTorch for Python")
class StandInTest(unittest.TestCase):
    """Runs all of the harness on the CPU, with archives that have the methods of those of djl-sparse."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name
        self.json = os.path.join(self.folder, "results.jsonl")
        for kernel in ("dense", "packed"):
            torch.jit.script(DenseOps()).save(os.path.join(self.folder, kernel + "_ops.pt"))
        torch.jit.script(OneMask()).save(os.path.join(self.folder, "mask_solver.pt"))
        for name in ("cslt_ops.pt", "cutlass_ops.pt", "cslt_search.pt"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write("no archive")

    def run_stand_ins(self, *words):
        small = ("--size", "256", "--repeats", "1")
        code, text = run_main(self.folder, "--stand-ins", "--json", self.json, *small, *words)
        return code, text, lines_of(self.json)

    @mock.patch.object(harness, "CHECKED", [(64, 128, 8)])
    def test_numerics(self):
        code, text, records = self.run_stand_ins("--numerics-only")
        kinds = [record["kind"] for record in records]
        self.assertEqual(kinds[0], "device")
        self.assertEqual(kinds[-1], "end")
        for kind in ("check", "left_out", "searched", "size", "algorithm", "algorithms"):
            self.assertIn(kind, kinds)
        self.assertNotIn("time", kinds)
        wrong = [record["name"] for record in records if record.get("right") is False]
        # The stand-in for the masks knows no pattern but 2:4.
        self.assertEqual({name[:9] for name in wrong}, {"mask 4:8 ", "mask 8:16"})
        self.assertEqual(code, 1)
        self.assertEqual({r["count"] for r in records if r["kind"] == "algorithms"}, {2})
        self.assertEqual(len([r for r in records if r["kind"] == "size"]), 2 * 2)

    @mock.patch.dict(harness.SHAPES, {"tiny": (64, 128)}, clear=True)
    def test_times(self):
        code, text, records = self.run_stand_ins("--times-only", "--layers", "tiny", "--rows", "8,16", "--fp32")
        times = [record for record in records if record["kind"] == "time"]
        self.assertEqual(
            [(t["rows"], t["kernel"], t["type"], t["searched"]) for t in times],
            [
                (rows, kernel, type_name, searched)
                for rows in (8, 16)
                for kernel, type_name, searched in [
                    ("dense", "fp32", False),
                    ("dense", "bf16", False),
                    ("cslt", "bf16", False),
                    ("cslt", "bf16", True),
                ]
            ],
        )
        self.assertEqual(set(times[-1]["gain"]), {"forward", "input_gradient", "layer"})
        self.assertEqual(times[-1]["times"]["algorithms"], [1, 1])
        self.assertEqual({r["device_ms"] is not None for r in records if r["kind"] == "algorithm"}, {True})

    @mock.patch.object(harness, "CHECKED", [(64, 128, 8)])
    @mock.patch.object(harness, "names_of_checks", lambda device: ["compress:64x64:none", "compress:48x80:bf16"])
    def test_a_probe_that_fails_and_an_archive_that_is_missing(self):
        os.remove(os.path.join(self.folder, "packed_ops.pt"))
        code, text, records = self.run_stand_ins("--numerics-only")
        self.assertEqual(code, 1)
        failures = [record["name"] for record in records if record["kind"] == "failure"]
        self.assertIn("packed_ops.pt", failures)
        self.assertIn("compress:64x64:none", failures)
        self.assertIn("compress:48x80:bf16", [r.get("probe") for r in records if r["kind"] == "size"])
        self.assertEqual(records[-1]["kind"], "end")


if torch is not None:
    from typing import List, Tuple

    class DenseOps(torch.nn.Module):
        @torch.jit.export
        def typed(self, weight: torch.Tensor, dtype: int) -> torch.Tensor:
            typed = weight.detach()
            if dtype == 15:
                typed = typed.to(torch.bfloat16)
            elif dtype == 5:
                typed = typed.to(torch.float16)
            return typed

        @torch.jit.export
        def compress(self, typed: torch.Tensor, transposed: bool, algorithm: int) -> Tuple[torch.Tensor, torch.Tensor]:
            return (typed.t() if transposed else typed, torch.empty(0))

        def product(self, rows: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
            # Not every processor's PyTorch multiplies matrices in float16.
            return torch.matmul(rows.to(p.dtype).float(), p.float().t()).to(p.dtype)

        @torch.jit.export
        def predict(self, x: torch.Tensor, bias: torch.Tensor, p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
            y = self.product(x, p)
            if bias.numel() > 0:
                y = y + bias.to(p.dtype)
            return y.to(x.dtype)

        @torch.jit.export
        def input_gradient(self, dy: torch.Tensor, p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
            return self.product(dy, p)

        @torch.jit.export
        def weight_gradient(self, dy: torch.Tensor, rows: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
            return torch.matmul(dy.float().t(), rows.float()).to(like.dtype)

    class OneMask(torch.nn.Module):
        """Returns the best 2:4 mask for every pattern."""

        @torch.jit.export
        def solve(
            self, weight: torch.Tensor, n: int, m: int, masks: List[int], rounds: int, tiles: int
        ) -> Tuple[torch.Tensor, torch.Tensor]:
            if len(masks) == 0:
                raise RuntimeError("only 2:4")
            codes = torch.tensor(masks)
            bits = (codes.unsqueeze(1) >> torch.arange(16)) & 1
            out, inputs = weight.shape
            cut = weight.abs().reshape(out // 4, 4, inputs // 4, 4).permute(0, 2, 1, 3).reshape(-1, 16)
            best = bits[torch.matmul(cut, bits.to(weight.dtype).t()).argmax(1)]
            kept = best.reshape(out // 4, inputs // 4, 4, 4).permute(0, 2, 1, 3).reshape(out, inputs)
            return kept > 0, torch.empty(0)


if __name__ == "__main__":
    unittest.main()
