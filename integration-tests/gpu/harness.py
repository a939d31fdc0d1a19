#!/usr/bin/env python3
"""Runs djl-sparse's TorchScript on a CUDA machine, without Java: right results first, then times.

Needs nothing but Python 3.9 and PyTorch 2.5 or newer, and the archives that

    examples/bin/djl-sparse doctor --export FOLDER

writes: the operators of each kernel (dense_ops.pt, packed_ops.pt, cslt_ops.pt, cutlass_ops.pt), the search of
cuSPARSELt's fastest algorithm (cslt_search.pt) and the masks on the device (mask_solver.pt). An archive of sparse
operators that this PyTorch lacks is reported and left out.

    python3 integration-tests/gpu/harness.py FOLDER --json results.jsonl

writes one JSON object a line, each as soon as it is known. docs/gpu.md explains them. The exit code is 0 if every
number was right, however fast, 1 if one was wrong or a check failed, and 3 if there is no CUDA device.
"""

import argparse
import ctypes
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

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

# The layers that are timed by default.
TIMED = (
    "BERT-large feed-forward up",
    "GPT-2 XL feed-forward up",
    "LLaMA-7B feed-forward up",
    "LLaMA-7B feed-forward down",
)

# Outputs, inputs and rows of the products whose numbers are checked.
CHECKED = [(128, 256, 64), (256, 128, 37), (1024, 512, 300), (64, 64, 1)]

# Outputs and inputs that cuSPARSELt's documentation allows, but that are not multiples of 64: djl-sparse uses them only
# if the probes find nothing wrong.
ODD = [(48, 80), (256, 784), (1600, 1600)]

# Outputs, inputs and rows at which every algorithm of cuSPARSELt is checked.
SEARCHED = [(256, 128, 64), (1024, 4096, 512)]

# The product at which its algorithms are timed.
TIMED_PROBE = "times:4096x1024x4096:bf16"

# No version of cuSPARSELt is known to have as many algorithms.
MOST_ALGORITHMS = 64

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


class Cuda:
    """The CUDA device, and cuSPARSELt's operators on it."""

    name = "cuda"
    stand_ins = False

    def describe(self):
        info = {
            "name": torch.cuda.get_device_name(),
            "compute_capability": ".".join(map(str, torch.cuda.get_device_capability())),
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
        }
        try:
            info["cusparselt_available"] = bool(torch.backends.cusparselt.is_available())
            info["cusparselt"] = torch.backends.cusparselt.version()
        except Exception as error:  # not in every PyTorch
            info["cusparselt_reason"] = last_line(error)
        return info

    def kernels(self):
        return kernels_for(torch.cuda.get_device_capability())

    def compress(self, matrix):
        return torch._cslt_compress(matrix)

    def multiply(self, p, columns, algorithm):
        return torch._cslt_sparse_mm(p, columns, None, None, None, True, algorithm)

    def synchronize(self):
        torch.cuda.synchronize()

    def empty_cache(self):
        torch.cuda.empty_cache()

    def event(self):
        return torch.cuda.Event(enable_timing=True)

    def busy(self, cycles):
        """Keeps the device busy, so that calls queue up behind."""
        torch.cuda._sleep(cycles)


class StandIns:
    """A CPU in place of the device, which tries the harness itself: its results and times mean nothing."""

    name = "cpu"
    stand_ins = True

    class Event:
        def __init__(self):
            self.time = 0.0

        def record(self):
            self.time = time.perf_counter()

        def query(self):
            return True

        def elapsed_time(self, end):
            return 1000 * (end.time - self.time)

    def describe(self):
        return {"name": "cpu, in place of a GPU", "torch": torch.__version__}

    def kernels(self):
        return ["cslt"]

    def compress(self, matrix):
        return matrix.clone()

    def multiply(self, p, columns, algorithm):
        if algorithm > 1:
            raise RuntimeError("no such algorithm")
        return (p.float() @ columns.float()).t().contiguous().to(p.dtype)

    def synchronize(self):
        pass

    def empty_cache(self):
        pass

    def event(self):
        return StandIns.Event()

    def busy(self, cycles):
        pass


class Log:
    """Results, printed as text and written as lines of JSON as soon as they are known."""

    def __init__(self, path=None, text=None):
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.text = text or sys.stdout
        self.checks = 0
        self.wrong = 0

    def add(self, kind, line, **fields):
        record = {"kind": kind}
        record.update(fields)
        if self.file:
            # NaN and infinities are not JSON.
            self.file.write(json.dumps(finite(record), allow_nan=False) + "\n")
            self.file.flush()
        if line:
            print(line, file=self.text, flush=True)

    def close(self):
        if self.file:
            self.file.close()

    def check(self, name, error, limit, kind="check", **fields):
        right = math.isfinite(error) and error <= limit
        self.count(right)
        self.add(
            kind,
            f"{'right' if right else 'WRONG'}  {name}: error {error:.2e}, limit {limit:.1e}",
            name=name,
            error=error,
            limit=limit,
            right=right,
            **fields,
        )
        return right

    def fail(self, name, reason):
        self.count(False)
        self.add("failure", f"WRONG  {name}: {reason}", name=name, reason=reason, right=False)

    def left_out(self, name, reason):
        self.add("left_out", f"left out  {name}: {reason}", name=name, reason=reason)

    def count(self, right):
        self.checks += 1
        self.wrong += not right

    def guard(self, name, function, *arguments):
        """Calls a function, and reports what it throws instead of ending the run. Returns its result, or None."""
        try:
            return function(*arguments)
        except Exception as error:  # whatever PyTorch throws, the other checks should run
            self.fail(name, f"{type(error).__name__}: {last_line(error)}")
            return None


def finite(value):
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def last_line(error):
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__


def first_lines(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " | ".join(lines[:4]) if lines else type(error).__name__


class Solver:
    """The mask search on the device, called as by TorchMaskSolver."""

    def __init__(self, module):
        self.module = module

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


def block_mask(out, inputs, device):
    """Returns a transposable 2:4 mask that needs no search: one of eight masks for each tile, at random."""
    tile = torch.tensor([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=torch.float32)
    choices = torch.stack([torch.roll(torch.roll(tile, down, 0), right, 1) for down in range(2) for right in range(4)])
    chosen = choices[torch.randint(len(choices), (out // 4, inputs // 4))]
    return chosen.permute(0, 2, 1, 3).reshape(out, inputs).to(device)


def masked_weight(out, inputs, device):
    """Returns random numbers with a transposable 2:4 mask, in float32."""
    return torch.randn(out, inputs, device=device) * block_mask(out, inputs, device)


def call_twice(device, call):
    """Returns the results of two calls, each in memory of its own."""
    first = call().clone()
    second = call()
    device.synchronize()
    return first, second


def compare(first, second, reference):
    """Returns the larger error of two results, and whether they are the same bit by bit."""
    error = max(relative_error(first, reference), relative_error(second, reference))
    return error, bool(torch.equal(first, second))


def relative_error(actual, expected):
    return float((actual.double() - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


class Archives:
    """The TorchScript archives of a folder. Those that cannot be loaded are reported once and left out."""

    def __init__(self, folder, device, log):
        self.device = device
        self.operators = {}
        for kernel in ("dense", "packed", "cslt", "cutlass"):
            self.operators[kernel] = self.load(folder, f"{kernel}_ops.pt", kernel in ("dense", "packed"), log)
        self.searcher = self.load(folder, "cslt_search.pt", False, log)
        solver = self.load(folder, "mask_solver.pt", True, log)
        self.solver = Solver(solver) if solver else None
        if device.stand_ins:
            # cuSPARSELt's operators load without a GPU, but do not run.
            self.operators["cslt"] = self.operators["dense"]

    def load(self, folder, name, required, log):
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            log.fail(name, f"{path}: no such file; djl-sparse doctor --export writes it")
            return None
        try:
            return torch.jit.load(path, map_location="cpu")
        except Exception as error:  # an operator that this PyTorch lacks
            report = log.fail if required else log.left_out
            report(name, "does not load: " + first_lines(error))
            return None

    def search(self, rows, p):
        if self.device.stand_ins:
            return 1
        return int(self.searcher.search(rows, p))

    def can_search(self):
        return self.device.stand_ins or self.searcher is not None


class Layer:
    """A masked weight in the packed form of a kernel, as djl-sparse calls it."""

    def __init__(self, ops, weight, number, forward=0, backward=0):
        self.ops = ops
        self.weight = weight
        self.number = number
        self.forward = forward
        self.backward = backward
        self.like = torch.empty(0, dtype=weight.dtype, device=weight.device)
        self.no_bias = torch.empty(0, device=weight.device)
        self.pack()

    def pack(self):
        typed = self.ops.typed(self.weight, self.number)
        self.p, self.q = self.ops.compress(typed, False, self.forward)
        self.pt, self.qt = self.ops.compress(typed, True, self.backward)

    def predict(self, x, bias=None):
        return self.ops.predict(x, self.no_bias if bias is None else bias, self.p, self.q)

    def input_gradient(self, dy):
        return self.ops.input_gradient(dy, self.pt, self.qt)

    def weight_gradient(self, dy, x):
        return self.ops.weight_gradient(dy, x, self.like)

    def step(self, x, dy):
        self.pack()
        self.predict(x)
        self.input_gradient(dy)
        self.weight_gradient(dy, x)


def check_products(archives, kernel, type_name, shape, log):
    """Checks the products of one kernel against double precision, each twice; cuSPARSELt's also as searched."""
    out, inputs, rows = shape
    number, dtype = TYPES[type_name]
    device = archives.device.name
    masked = masked_weight(out, inputs, device)
    x = torch.randn(rows, inputs, device=device)
    bias = torch.randn(out, device=device)
    dy = torch.randn(rows, out, device=device).to(dtype)
    w = masked.to(dtype).double()
    expected = x.to(dtype).double() @ w.t() + bias.to(dtype).double()
    expected_dx = dy.double() @ w
    expected_dw = dy.double().t() @ x.to(dtype).double()
    ops = archives.operators[kernel]
    variants = [("default", 0, 0)]
    if kernel == "cslt" and archives.can_search():
        layer = Layer(ops, masked, number)
        searched = (archives.search(x.to(dtype), layer.p), archives.search(dy, layer.pt))
        log.add("searched", None, kernel=kernel, type=type_name, out=out, **{"in": inputs}, rows=rows, ids=searched)
        variants.append((f"searched {searched[0]}, {searched[1]}",) + searched)
    limit = TOLERANCE[type_name]
    for variant, forward, backward in variants:
        name = f"{kernel} {type_name} {rows} x {inputs} -> {out}"
        if kernel == "cslt":
            name += f", algorithm {variant}"
        layer = Layer(ops, masked, number, forward, backward)
        products = {
            "forward": (lambda: layer.predict(x, bias), expected),
            "input gradient": (lambda: layer.input_gradient(dy), expected_dx),
            "weight gradient": (lambda: layer.weight_gradient(dy, x.to(dtype)), expected_dw),
        }
        for product, (call, reference) in products.items():
            error, same = compare(*call_twice(archives.device, call), reference)
            log.check(f"{name}, {product}", error, limit, same_twice=same)


def check_numerics(archives, kernels, log):
    for shape in CHECKED:
        cases = [("dense", "fp32"), ("dense", "bf16"), ("dense", "fp16"), ("packed", "fp32")]
        cases += [(kernel, name) for kernel in kernels for name in ("bf16", "fp16")]
        for kernel, type_name in cases:
            if archives.operators[kernel] is not None:
                name = f"{kernel} {type_name} {shape[2]} x {shape[1]} -> {shape[0]}"
                log.guard(name, check_products, archives, kernel, type_name, shape, log)


def check_masks(archives, size, times, log):
    """Checks that masks are valid in both directions and close to exact ones, and times the search."""
    device = archives.device
    solver = archives.solver
    weight = torch.randn(size, size, device=device.name)
    total = float(weight.abs().sum(dtype=torch.float64))
    for n, m in [(2, 4), (4, 8), (8, 16)]:
        pattern = f"{n}:{m}"
        for rounds in (20,) if m == 4 else (20, 10):
            name = f"mask {pattern} of {size} x {size}, {rounds} rounds"
            mask = log.guard(name, solver.mask, weight, n, m, rounds)
            if mask is None:
                continue
            if not is_transposable(mask, n, m):
                log.fail(name, "is not valid both ways")
                continue
            kept = float((weight * mask).abs().sum(dtype=torch.float64)) / total
            loss = 1 - kept / KEPT_BY_EXACT[pattern]
            # A small weight differs more from the average.
            limit = 2e-3 + 4 / size
            log.check(name + ", kept magnitude below exact", loss, limit, pattern=pattern, size=size, rounds=rounds)
            for scratch in (64 << 20, 1 << 30, 4 << 30) if times else ():
                taken = wall_milliseconds(device, lambda: solver.mask(weight, n, m, rounds, scratch), 3)
                log.add(
                    "mask_time",
                    f"{name}, {scratch >> 20} MiB: {taken:.1f} ms",
                    pattern=pattern,
                    size=size,
                    rounds=rounds,
                    scratch_bytes=scratch,
                    milliseconds=taken,
                )


# Probes run in processes of their own, since an error on the device leaves a process unable to use it.


def probe_compress(device, out, inputs, type_name, log):
    """Compresses a matrix that is no multiple of 64: size, bytes beyond the end, and the product."""
    dtype = TYPES[type_name][1]
    masked = masked_weight(out, inputs, device.name).to(dtype)
    for matrix, turned in ((masked, False), (masked.t().contiguous(), True)):
        rows, columns = matrix.shape
        name = f"compressed {rows} x {columns} {type_name}"
        expected = rows * columns * 9 // 16
        p = device.compress(matrix)
        elements = p.numel()
        # The next array of this size takes a place that one has left, between arrays whose bytes are known.
        del p
        guards, places = [], []
        # PyTorch keeps arrays of over a megabyte apart from smaller ones.
        guard_bytes = 256 if elements * matrix.element_size() <= 1 << 20 else 2 << 20
        for _ in range(16):
            places.append(torch.empty(elements, device=device.name, dtype=dtype))
            guards.append(torch.full((guard_bytes,), 77, device=device.name, dtype=torch.uint8))
        starts = [guard.data_ptr() for guard in guards]
        del places
        p = device.compress(matrix)
        device.synchronize()
        end = p.data_ptr() + p.numel() * p.element_size()
        gaps = [start - end for start in starts if start >= end]
        intact = all(bool((guard == 77).all()) for guard in guards)
        log.count(intact)
        log.add(
            "size",
            f"{'right' if intact else 'WRONG'}  {name}: {elements} elements, 9/16 of the matrix are {expected};"
            f" arrays behind it {'are intact' if intact else 'WERE OVERWRITTEN'},"
            f" the next one {min(gaps) if gaps else 'unknown'} bytes behind its end",
            rows=rows,
            columns=columns,
            type=type_name,
            elements=elements,
            expected=expected,
            intact=intact,
            next_bytes=min(gaps) if gaps else None,
            right=intact,
        )
        for count in (8, 64, 512):
            x = torch.randn(count, columns, device=device.name).to(dtype)
            log.guard(f"{name}, {count} rows", probe_product, device, name, p, matrix, x, 0, type_name, turned, log)


def probe_product(device, name, p, matrix, x, algorithm, type_name, turned, log):
    reference = x.double() @ matrix.double().t()
    first, second = call_twice(device, lambda: device.multiply(p, x.t(), algorithm))
    if first.shape != reference.shape:
        log.fail(f"{name}, {x.shape[0]} rows", f"product has shape {tuple(first.shape)}, not {tuple(reference.shape)}")
        return
    error, same = compare(first, second, reference)
    log.check(
        f"{name}, {x.shape[0]} rows, algorithm {algorithm}",
        error,
        TOLERANCE[type_name],
        transposed=turned,
        same_twice=same,
    )


def probe_algorithms(device, out, inputs, rows, type_name, timed, log):
    """Tries every algorithm of cuSPARSELt on one compressed matrix, each twice. Wrong ones do not fail the run."""
    dtype = TYPES[type_name][1]
    masked = masked_weight(out, inputs, device.name).to(dtype)
    x = torch.randn(rows, inputs, device=device.name).to(dtype)
    reference = x.double() @ masked.double().t()
    p = device.compress(masked)
    name = f"{out} x {inputs} {type_name}, {rows} rows"
    # Beside its number, a newer PyTorch also returns the number of algorithms, and how to split the sum.
    log.guard(f"search, {name}", probe_search, device, p, x, name, log)
    for algorithm in range(MOST_ALGORITHMS):
        try:
            first, second = call_twice(device, lambda a=algorithm: device.multiply(p, x.t(), a))
        except Exception as error:  # after the last one
            log.add(
                "algorithms",
                f"algorithms, {name}: {algorithm}; the next one: {last_line(error)}",
                out=out,
                **{"in": inputs},
                rows=rows,
                type=type_name,
                count=algorithm,
                reason=last_line(error),
            )
            return
        error, same = compare(first, second, reference)
        right = math.isfinite(error) and error <= TOLERANCE[type_name]
        taken = None
        if right and timed:
            taken = device_and_host(device, lambda a=algorithm: device.multiply(p, x.t(), a), 10)["device_ms"]
        log.add(
            "algorithm",
            f"{'right' if right else 'wrong'}  algorithm {algorithm}, {name}: error {error:.2e},"
            f" {'the same' if same else 'DIFFERENT'} twice" + (f", {1000 * taken:.1f} us" if taken else ""),
            out=out,
            **{"in": inputs},
            rows=rows,
            type=type_name,
            algorithm=algorithm,
            error=error,
            right=right,
            same_twice=same,
            device_ms=taken,
        )


def probe_search(device, p, x, name, log):
    found = getattr(getattr(torch._C, "_cusparselt", None), "mm_search", None)
    if found is None:
        return
    result = found(p, x.t(), None, None, None, True)
    log.add("search", f"search, {name}: {result}", name=name, result=[str(part) for part in result])


def probe_library(log):
    """Reports the version of the loaded cuSPARSELt itself."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = sorted({line.split()[-1] for line in maps if "cusparseLt" in line})
    for path in paths:
        library = ctypes.CDLL(path)
        handle = ctypes.create_string_buffer(1 << 16)
        version = ctypes.c_int()
        if library.cusparseLtInit(handle) == 0 and library.cusparseLtGetVersion(handle, ctypes.byref(version)) == 0:
            log.add("library", f"cuSPARSELt {version.value} in {path}", version=version.value, path=path)


def run_probe(device, probe, seed, log):
    torch.manual_seed(seed)
    kind, shape, type_name = probe.split(":")
    sizes = [int(number) for number in shape.split("x")]
    with torch.no_grad():
        if kind == "compress":
            log.guard(probe, probe_compress, device, *sizes, type_name, log)
        else:
            log.guard(probe, probe_algorithms, device, *sizes, type_name, kind == "times", log)
            if not device.stand_ins:
                log.guard("library", probe_library, log)


def names_of_checks(device):
    odd = ODD[:1] if device.stand_ins else ODD
    names = [f"compress:{out}x{inputs}:{name}" for out, inputs in odd for name in ("bf16", "fp16")]
    for out, inputs, rows in SEARCHED[:1] if device.stand_ins else SEARCHED:
        names += [f"algorithms:{out}x{inputs}x{rows}:{name}" for name in ("bf16", "fp16")]
    return names


class Probes:
    """Processes that probe cuSPARSELt's operators, all at once."""

    def __init__(self, arguments, names, log):
        self.log = log
        self.folder = tempfile.TemporaryDirectory()
        self.running = []
        for number, name in enumerate(names):
            path = os.path.join(self.folder.name, f"{number}.jsonl")
            command = [sys.executable, os.path.abspath(__file__), arguments.folder, "--probe", name, "--json", path]
            command += ["--seed", str(arguments.seed)] + (["--stand-ins"] if arguments.stand_ins else [])
            text = open(path + ".txt", "w+", encoding="utf-8")
            process = subprocess.Popen(command, stdout=text, stderr=subprocess.STDOUT)
            self.running.append((name, path, text, process))

    def collect(self, seconds):
        """Waits, and adds what the processes found."""
        end = time.monotonic() + seconds
        for name, path, text, process in self.running:
            reason = None
            try:
                code = process.wait(max(0.1, end - time.monotonic()))
                if code not in (0, 1):
                    reason = f"exit code {code}"
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                reason = "was still running when its time was over"
            text.seek(0)
            lines = text.read().splitlines()
            text.close()
            found = []
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as file:
                    # A process that was killed may leave a part of a line.
                    found = [json.loads(line) for line in file if line.endswith("\n")]
            for line in lines if reason is None else lines[:-5]:
                print(line, file=self.log.text, flush=True)
            for record in found:
                if "right" in record and record["kind"] != "algorithm":
                    self.log.count(record["right"])
                if record["kind"] not in ("device", "end"):
                    record["probe"] = name
                    self.log.add(line=None, **record)
            if reason is not None:
                self.log.fail(name, reason + (": " + " | ".join(lines[-5:]) if lines else ""))
        self.folder.cleanup()


def wall_milliseconds(device, function, repeats):
    """Returns the median time of a call, from its start to the end of its work on the device."""
    function()
    times = []
    for _ in range(repeats):
        device.synchronize()
        start = time.perf_counter()
        function()
        device.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def device_and_host(device, function, repeats, turns=3):
    """Returns the median time of a call on the device and on the host.

    Calls queue up behind other work, so that the time on the device has no gap in which it waits for the host. If the
    queue was empty before the last call was made, "queued" is false, and the time of the device includes such gaps.
    """
    for _ in range(3):
        function()
    device.synchronize()
    start = time.perf_counter()
    for _ in range(3):
        function()
    # Long enough for all calls, at two billion cycles a second.
    cycles = int(2e9 * (0.002 + 2 * repeats * (time.perf_counter() - start) / 3))
    device.synchronize()
    device_times, host_times, queued = [], [], True
    for _ in range(turns):
        begin, end = device.event(), device.event()
        device.busy(cycles)
        begin.record()
        start = time.perf_counter()
        for _ in range(repeats):
            function()
        host_times.append(1000 * (time.perf_counter() - start) / repeats)
        queued = queued and not begin.query()
        end.record()
        device.synchronize()
        device_times.append(begin.elapsed_time(end) / repeats)
    return {
        "device_ms": statistics.median(device_times),
        "host_ms": statistics.median(host_times),
        "queued": queued,
    }


def time_layer(archives, kernel, type_name, weight, rows, searched, repeats):
    """Times packing, the products, and a whole layer: packing, forward product, both gradients."""
    device = archives.device
    number, dtype = TYPES[type_name]
    out, inputs = weight.shape
    x = torch.randn(rows, inputs, device=device.name).to(dtype)
    dy = torch.randn(rows, out, device=device.name).to(dtype)
    ops = archives.operators[kernel]
    layer = Layer(ops, weight, number)
    result = {}
    if searched:
        start = time.perf_counter()
        ids = (archives.search(x, layer.p), archives.search(dy, layer.pt))
        result["algorithms"] = ids
        result["search_ms"] = 1000 * (time.perf_counter() - start)
        layer = Layer(ops, weight, number, *ids)
    calls = {
        "forward": lambda: layer.predict(x),
        "input_gradient": lambda: layer.input_gradient(dy),
        "weight_gradient": lambda: layer.weight_gradient(dy, x),
        "pack": layer.pack,
        "layer": lambda: layer.step(x, dy),
    }
    for name, call in calls.items():
        result[name] = device_and_host(device, call, repeats)
    return result


def time_shape(archives, kernels, name, shape, rows, arguments, log):
    """Times a layer in each kernel, and prints a line for each."""
    out, inputs = shape
    device = archives.device
    weight = torch.randn(out, inputs, device=device.name) / math.sqrt(inputs)
    weight *= block_mask(out, inputs, device.name)
    variants = [("dense", "bf16", False)]
    if arguments.fp32:
        variants.insert(0, ("dense", "fp32", False))
    for kernel in kernels:
        variants.append((kernel, "bf16", False))
        if kernel == "cslt" and archives.can_search():
            variants.append((kernel, "bf16", True))
    dense = None
    for kernel, type_name, searched in variants:
        if archives.operators[kernel] is None:
            continue
        label = f"{kernel} {type_name}" + (" searched" if searched else "")
        times = log.guard(
            f"{name}, {rows} rows, {label}",
            time_layer,
            archives,
            kernel,
            type_name,
            weight,
            rows,
            searched,
            arguments.repeats,
        )
        device.empty_cache()
        if times is None:
            continue
        parts = ("forward", "input_gradient", "weight_gradient", "pack", "layer")
        if (kernel, type_name) == ("dense", "bf16"):
            dense = times
        gain = None
        if dense and times is not dense:
            gain = {
                part: dense[part]["device_ms"] / max(times[part]["device_ms"], 1e-9)
                for part in ("forward", "input_gradient", "layer")
            }
        line = f"{name:<28}{rows:>6}  {label:<20}"
        line += "".join(f"{times[part]['device_ms']:>9.3f}" for part in parts)
        line += f"{times['forward']['host_ms']:>9.3f}{times['layer']['host_ms']:>9.3f}"
        line += "".join(f"{value:>7.2f}" for value in gain.values()) if gain else ""
        if not all(times[part]["queued"] for part in parts):
            line += "  (not queued: " + ", ".join(part for part in parts if not times[part]["queued"]) + ")"
        log.add(
            "time",
            line,
            layer=name,
            out=out,
            **{"in": inputs},
            rows=rows,
            kernel=kernel,
            type=type_name,
            searched=searched,
            times=times,
            gain=gain,
        )


def time_products(archives, kernels, shapes, all_rows, arguments, log):
    header = "milliseconds on the device of each part, and on the host of two; gains: dense bf16 over this kernel"
    columns = f"{'layer':<28}{'rows':>6}  {'kernel':<20}{'forward':>9}{'dx':>9}{'dw':>9}{'pack':>9}{'layer':>9}"
    columns += f"{'h:forw.':>9}{'h:layer':>9}{'forw.':>7}{'dx':>7}{'layer':>7}"
    print(f"\n{header}\n{columns}", file=log.text, flush=True)
    for name, shape in shapes.items():
        for rows in all_rows:
            log.guard(
                f"{name}, {rows} rows", time_shape, archives, kernels, name, shape, rows, arguments, log
            )
            archives.device.empty_cache()


def set_up(log):
    """Makes PyTorch compute as djl-sparse has it compute. A setting that this PyTorch lacks is reported."""
    settings = {
        "allow_tf32": (torch.backends.cuda.matmul, False),
        "allow_bf16_reduced_precision_reduction": (torch.backends.cuda.matmul, False),
        "allow_fp16_reduced_precision_reduction": (torch.backends.cuda.matmul, False),
    }
    for name, (owner, value) in settings.items():
        try:
            setattr(owner, name, value)
        except Exception as error:  # not in every PyTorch
            log.left_out(name, last_line(error))
    try:
        # As in TorchModule: operators run as written, without compiling chains of them.
        torch._C._set_graph_executor_optimize(False)
    except Exception as error:  # an internal function
        log.left_out("set_graph_executor_optimize", last_line(error))


def run(arguments, device, log):
    torch.manual_seed(arguments.seed)
    archives = Archives(arguments.folder, device, log)
    kernels = [kernel for kernel in device.kernels() if archives.operators[kernel] is not None]
    print("sparse kernels: " + (", ".join(kernels) or "none"), file=log.text, flush=True)
    has_cslt = "cslt" in device.kernels()
    probes = None
    if has_cslt and not arguments.times_only:
        probes = log.guard("probes", Probes, arguments, names_of_checks(device), log)
    with torch.no_grad():
        if not arguments.times_only:
            check_numerics(archives, kernels, log)
        if probes:
            log.guard("probes", probes.collect, arguments.probe_seconds)
        if archives.solver and not arguments.times_only:
            log.guard("masks", check_masks, archives, arguments.size, False, log)
        if not arguments.numerics_only:
            shapes = chosen_layers(arguments.layers)
            time_products(archives, kernels, shapes, arguments.rows, arguments, log)
            if archives.solver:
                log.guard("times of masks", check_masks, archives, arguments.size, True, log)
            if has_cslt:
                # Alone on the device, after all that an error on the device could spoil.
                timed = "times:64x128x16:bf16" if device.stand_ins else TIMED_PROBE
                probes = log.guard("probes", Probes, arguments, [timed], log)
                if probes:
                    log.guard("probes", probes.collect, arguments.probe_seconds)


def chosen_layers(text):
    if text:
        return {name: shape for name, shape in SHAPES.items() if text in name}
    return {name: SHAPES[name] for name in TIMED}


def numbers(text):
    try:
        found = [int(number) for number in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise argparse.ArgumentTypeError(f"{text}: must be positive whole numbers with commas between")
    return found


def positive(text):
    found = numbers(text)
    if len(found) != 1:
        raise argparse.ArgumentTypeError(f"{text}: must be one positive whole number")
    return found[0]


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="holds the archives that djl-sparse doctor --export writes")
    parser.add_argument("--json", metavar="FILE", help="append all results, one JSON object a line")
    parser.add_argument("--rows", type=numbers, default=[4096, 16384], help="numbers of rows, with commas between")
    parser.add_argument("--layers", default="", help="time the layers whose name contains this; otherwise four of them")
    parser.add_argument("--fp32", action="store_true", help="time the dense products in float32, too")
    parser.add_argument("--repeats", type=positive, default=30, help="calls in a row that are timed together")
    parser.add_argument("--size", type=positive, default=8192, help="side of the weight of the mask search")
    parser.add_argument("--seed", type=int, default=1)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--numerics-only", action="store_true", help="leave times out")
    only.add_argument("--times-only", action="store_true", help="leave checks out, except of masks")
    parser.add_argument("--probe-seconds", type=positive, default=120, help="the time of all probes together")
    parser.add_argument(
        "--stand-ins", action="store_true", help="run on the CPU with stand-ins for cuSPARSELt, to try this program"
    )
    parser.add_argument("--probe", metavar="KIND:SHAPE:TYPE", help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if not os.path.isdir(arguments.folder):
        parser.error(f"{arguments.folder}: no such folder")
    if arguments.layers and not chosen_layers(arguments.layers):
        parser.error(f"--layers {arguments.layers}: no layer's name contains this: {', '.join(SHAPES)}")
    if arguments.size % 16:
        parser.error(f"--size {arguments.size}: must be a multiple of 16, for tiles of 8:16")
    return arguments


def main(words=None):
    arguments = parse(words)
    log = Log(arguments.json)
    try:
        return run_all(arguments, log)
    finally:
        log.close()


def run_all(arguments, log):
    if not arguments.stand_ins and not torch.cuda.is_available():
        log.add("end", "no CUDA device: nothing was run", reason="no CUDA device")
        return 3
    device = StandIns() if arguments.stand_ins else Cuda()
    info = None if arguments.probe else log.guard("device", device.describe)
    if info:
        log.add("device", ", ".join(f"{key} {value}" for key, value in info.items()), **info)
    log.guard("settings", set_up, log)
    if arguments.probe:
        log.guard(arguments.probe, run_probe, device, arguments.probe, arguments.seed, log)
    else:
        log.guard("harness", run, arguments, device, log)
        log.add("end", f"\n{log.checks} checks, {log.wrong} wrong", checks=log.checks, wrong=log.wrong)
    return 0 if log.wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
