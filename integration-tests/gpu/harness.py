#!/usr/bin/env python3
"""Runs djl-sparse's TorchScript on a CUDA machine, without Java: right results first, then times.

Needs nothing but Python 3.9 and PyTorch 2.5 or newer, and the two archives that

    examples/bin/djl-sparse doctor --export FOLDER

writes: linear_ops.pt (packing, products, gradients) and mask_solver.pt (masks on the device).

    python3 integration-tests/gpu/harness.py FOLDER --json results.json

The exit code is 0 if every number was right, however fast, 1 if one was wrong, and 3 if there is no CUDA device.
"""

import argparse
import json
import math
import os
import statistics
import sys

import torch

# The numbers of data types in TorchScript's torch.to.
TYPES = {"fp16": (5, torch.float16), "fp32": (6, torch.float32), "bf16": (15, torch.bfloat16)}

# Outputs and inputs of linear layers in well-known models.
SHAPES = {
    "BERT-large attention": (1024, 1024),
    "BERT-large feed-forward up": (4096, 1024),
    "BERT-large feed-forward down": (1024, 4096),
    "GPT-2 XL attention": (1600, 1600),
    "GPT-2 XL attention q, k, v": (4800, 1600),
    "GPT-2 XL feed-forward up": (6400, 1600),
    "GPT-2 XL feed-forward down": (1600, 6400),
    "LLaMA-7B attention": (4096, 4096),
    "LLaMA-7B attention q, k, v": (12288, 4096),
    "LLaMA-7B feed-forward up": (11008, 4096),
    "LLaMA-7B feed-forward down": (4096, 11008),
}

# The share of magnitude that an exact mask keeps of normally distributed weights, measured on at least 16 million
# entries (docs/benchmarks.md). It differs by less than 1e-4 between two such weights.
KEPT_BY_EXACT = {"2:4": 0.70241, "4:8": 0.74276, "8:16": 0.76776}

# Allowed errors, relative to the largest entry of the correct result.
TOLERANCE = {"fp16": 2e-3, "bf16": 1.6e-2, "fp32": 2e-3}


def kernels_for(capability):
    """Returns the sparse kernels that a device of this compute capability may support."""
    kernels = ["cslt"] if capability >= (8, 0) else []
    if capability[0] == 8:
        kernels.append("cutlass")
    return kernels


class Solver:
    """The mask search on the device, called as by TorchMaskSolver."""

    def __init__(self, path):
        self.module = torch.jit.load(path, map_location="cpu")

    def mask(self, weight, n, m, rounds=20, scratch=64 << 20):
        masks = two_of_four() if (n, m) == (2, 4) else []
        bytes_a_tile = 1024 if masks else 64 * m * m
        kept, left = self.module.solve(weight, n, m, masks, rounds, max(1, scratch // bytes_a_tile))
        # Java solves tiles in which rounding could decide on the heap. Random weights have no such tiles.
        if left.numel() > 0:
            raise RuntimeError(f"{left.numel()} tiles are left to the heap")
        return kept


def two_of_four():
    """Returns the 90 masks of a 4 x 4 tile in Java's order; bit 4 * row + column is set for a kept entry."""
    pairs = [0b0011, 0b0101, 0b1001, 0b0110, 0b1010, 0b1100]
    found = []
    for a in pairs:
        for b in pairs:
            for c in pairs:
                for d in pairs:
                    rows = (a, b, c, d)
                    if all(sum(row >> column & 1 for row in rows) == 2 for column in range(4)):
                        found.append(a | b << 4 | c << 8 | d << 12)
    # The mask that keeps the lower index comes first.
    return sorted(found, key=lambda code: f"{code:016b}"[::-1], reverse=True)


def is_transposable(mask, n, m):
    for matrix in (mask, mask.t()):
        groups = matrix.reshape(matrix.shape[0], -1, m).sum(2)
        if not bool((groups == n).all()):
            return False
    return True


def relative_error(actual, expected):
    return float((actual.double() - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


def milliseconds(function, repeats, warm_up=5):
    """Returns the median time of a call on the device."""
    for _ in range(warm_up):
        function()
    torch.cuda.synchronize()
    times = []
    for _ in range(repeats):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        function()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


class Checks:
    """The results of checks, which are printed immediately."""

    def __init__(self):
        self.results = []

    def add(self, name, error, limit):
        right = math.isfinite(error) and error <= limit
        self.results.append({"name": name, "error": error, "limit": limit, "right": right})
        print(f"{'right' if right else 'WRONG'}  {name}: error {error:.2e}, limit {limit:.1e}", flush=True)

    def fail(self, name, reason):
        self.results.append({"name": name, "reason": reason, "right": False})
        print(f"WRONG  {name}: {reason}", flush=True)

    def all_right(self):
        return all(result["right"] for result in self.results)


def last_line(error):
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def check_numerics(ops, solver, kernels, checks, seed):
    """Checks the forward product and both gradients against double precision, on new random inputs."""
    torch.manual_seed(seed)
    for out, inputs, rows in [(128, 256, 64), (256, 128, 37), (1024, 512, 300), (64, 64, 1)]:
        weight = torch.randn(out, inputs, device="cuda")
        masked = weight * solver.mask(weight, 2, 4)
        x = torch.randn(rows, inputs, device="cuda")
        bias = torch.randn(out, device="cuda")
        dy = torch.randn(rows, out, device="cuda")
        for type_name, kernel in [("fp32", "dense"), ("fp32", "packed")] + [
            (name, kernel) for kernel in kernels for name in ("bf16", "fp16")
        ]:
            number, dtype = TYPES[type_name]
            name = f"{kernel} {type_name} {rows} x {inputs} -> {out}"
            w = masked.to(dtype).double()
            expected = x.to(dtype).double() @ w.t() + bias.double()
            expected_dx = dy.to(dtype).double() @ w
            expected_dw = dy.to(dtype).double().t() @ x.to(dtype).double()
            try:
                p, q, pt, qt, like = ops.pack(kernel, masked, number)
                y = ops.predict(x, bias, p, q)
                dx = ops.input_gradient(dy.to(dtype), pt, qt)
                dw = ops.weight_gradient(dy.to(dtype), x.to(dtype), like)
            except RuntimeError as error:
                checks.fail(name, last_line(error))
                continue
            checks.add(name + ", forward", relative_error(y, expected), TOLERANCE[type_name])
            checks.add(name + ", input gradient", relative_error(dx, expected_dx), TOLERANCE[type_name])
            checks.add(name + ", weight gradient", relative_error(dw, expected_dw), TOLERANCE[type_name])


def check_masks(solver, checks, seed, size):
    """Checks that masks are valid in both directions and close to exact ones, and times the search."""
    table = []
    torch.manual_seed(seed)
    weight = torch.randn(size, size, device="cuda")
    total = float(weight.abs().sum(dtype=torch.float64))
    for n, m in [(2, 4), (4, 8), (8, 16)]:
        pattern = f"{n}:{m}"
        for rounds in ((20,) if m == 4 else (20, 10)):
            mask = solver.mask(weight, n, m, rounds)
            if not is_transposable(mask, n, m):
                checks.fail(f"mask {pattern}", "is not valid both ways")
                continue
            kept = float((weight * mask).abs().sum(dtype=torch.float64)) / total
            loss = 1 - kept / KEPT_BY_EXACT[pattern]
            checks.add(f"mask {pattern}, {rounds} rounds, kept magnitude below exact", loss, 2e-3)
            for scratch in (64 << 20, 1 << 30, 4 << 30):
                time = milliseconds(lambda: solver.mask(weight, n, m, rounds, scratch), 5, 2)
                table.append(
                    {
                        "pattern": pattern,
                        "size": size,
                        "rounds": rounds,
                        "scratch_bytes": scratch,
                        "milliseconds": time,
                        "loss": loss,
                    }
                )
                print(
                    f"mask {pattern} of {size} x {size}, {rounds} rounds, {scratch >> 20} MiB: {time:.1f} ms,"
                    f" loss {100 * loss:.3f}%",
                    flush=True,
                )
    return table


def time_shape(ops, solver, kernel, out, inputs, rows, repeats):
    """Times the products and a whole layer: packing, forward product, both gradients."""
    weight = torch.randn(out, inputs, device="cuda") / math.sqrt(inputs)
    masked = weight * solver.mask(weight, 2, 4)
    no_bias = torch.empty(0, device="cuda")
    result = {}

    def measure(name, kind, type_name):
        number, dtype = TYPES[type_name]
        x = torch.randn(rows, inputs, device="cuda", dtype=dtype)
        dy = torch.randn(rows, out, device="cuda", dtype=dtype)
        forward, backward = 0, 0
        if kind == "cslt":
            p, _, pt, _, _ = ops.pack(kind, masked, number)
            forward, backward = ops.cslt_search(x, p), ops.cslt_search(dy, pt)

        def pack():
            return ops.pack_for(masked, kind, kind, number, forward, backward)

        def layer():
            p, q, pt, qt, like = pack()
            ops.predict(x, no_bias, p, q)
            ops.input_gradient(dy, pt, qt)
            ops.weight_gradient(dy, x, like)

        p, q, pt, qt, like = pack()
        result[name] = {
            "forward": milliseconds(lambda: ops.predict(x, no_bias, p, q), repeats),
            "input_gradient": milliseconds(lambda: ops.input_gradient(dy, pt, qt), repeats),
            "pack": milliseconds(pack, repeats),
            "layer": milliseconds(layer, repeats),
        }

    measure("dense_fp32", "dense", "fp32")
    measure("dense_bf16", "dense", "bf16")
    measure("sparse_bf16", kernel, "bf16")
    return result


def time_products(ops, solver, kernel, shapes, all_rows, repeats):
    table = []
    print(f"\nmilliseconds, {kernel} against dense; gain: dense bf16 over sparse bf16")
    print(
        f"{'layer':<30}{'rows':>7}  {'forward: fp32':>13}{'bf16':>9}{'sparse':>9}{'gain':>6}"
        f"  {'input gradient: bf16':>20}{'sparse':>9}{'gain':>6}  {'layer: bf16':>11}{'sparse':>9}{'gain':>6}"
        f"{'pack':>8}"
    )
    for name, (out, inputs) in shapes.items():
        for rows in all_rows:
            try:
                times = time_shape(ops, solver, kernel, out, inputs, rows, repeats)
            except RuntimeError as error:  # usually out of memory
                table.append({"layer": name, "out": out, "in": inputs, "rows": rows, "reason": last_line(error)})
                print(f"{name:<30}{rows:>7}  {last_line(error)}", flush=True)
                torch.cuda.empty_cache()
                continue
            fp32, bf16, sparse = times["dense_fp32"], times["dense_bf16"], times["sparse_bf16"]
            gains = {part: bf16[part] / sparse[part] for part in ("forward", "input_gradient", "layer")}
            table.append(
                {
                    "layer": name,
                    "out": out,
                    "in": inputs,
                    "rows": rows,
                    "kernel": kernel,
                    "milliseconds": times,
                    "gain": gains,
                }
            )
            print(
                f"{name:<30}{rows:>7}  {fp32['forward']:>13.3f}{bf16['forward']:>9.3f}{sparse['forward']:>9.3f}"
                f"{gains['forward']:>6.2f}  {bf16['input_gradient']:>20.3f}{sparse['input_gradient']:>9.3f}"
                f"{gains['input_gradient']:>6.2f}  {bf16['layer']:>11.3f}{sparse['layer']:>9.3f}{gains['layer']:>6.2f}"
                f"{sparse['pack']:>8.3f}",
                flush=True,
            )
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="holds linear_ops.pt and mask_solver.pt")
    parser.add_argument("--json", metavar="FILE", help="write all results there")
    parser.add_argument("--rows", default="4096,16384,65536", help="numbers of rows, with commas between")
    parser.add_argument("--layers", default="", help="time only layers whose name contains this")
    parser.add_argument("--repeats", type=int, default=30, help="calls to take the median of")
    parser.add_argument("--size", type=int, default=8192, help="side of the weight of the mask search")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--numerics-only", action="store_true", help="leave times out")
    arguments = parser.parse_args()

    archives = [os.path.join(arguments.folder, name) for name in ("linear_ops.pt", "mask_solver.pt")]
    for archive in archives:
        if not os.path.isfile(archive):
            parser.error(f"{archive}: no such file; djl-sparse doctor --export writes it")
    if not torch.cuda.is_available():
        print("no CUDA device: nothing was run")
        return 3

    capability = torch.cuda.get_device_capability()
    device = {
        "name": torch.cuda.get_device_name(),
        "compute_capability": ".".join(map(str, capability)),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
    }
    print(", ".join(f"{key} {value}" for key, value in device.items()))
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    # As in TorchModule: operators run as written, without compiling chains of them.
    torch._C._set_graph_executor_optimize(False)
    checks = Checks()
    results = {"device": device}
    with torch.no_grad():
        ops = torch.jit.load(archives[0], map_location="cpu")
        solver = Solver(archives[1])
        kernels = kernels_for(capability)
        print("sparse kernels: " + (", ".join(kernels) or "none for this compute capability"))
        check_numerics(ops, solver, kernels, checks, arguments.seed)
        if not arguments.numerics_only:
            results["masks"] = check_masks(solver, checks, arguments.seed, arguments.size)
            shapes = {name: shape for name, shape in SHAPES.items() if arguments.layers in name}
            rows = [int(number) for number in arguments.rows.split(",")]
            results["products"] = [
                row
                for kernel in kernels
                for row in time_products(ops, solver, kernel, shapes, rows, arguments.repeats)
            ]
    results["checks"] = checks.results
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    wrong = sum(not result["right"] for result in checks.results)
    print(f"\n{len(checks.results)} checks, {wrong} wrong")
    return 0 if checks.all_right() else 1


if __name__ == "__main__":
    sys.exit(main())
