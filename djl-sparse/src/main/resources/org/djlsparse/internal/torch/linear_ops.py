# Linear products that run outside autograd, and the operators that tie them into its graph. TorchScript, in the form in
# which PyTorch stores it: type names are numbers (0 uint8, 2 int16, 4 int64, 5 float16, 6 float32, 15 bfloat16), and no
# functions outside the class.
#
# A kernel is dense, packed, cslt or cutlass. "p" and "q" are the kernel's packed form of a matrix [m, k], which is
# never a transposed view: of the weight [out, in] for the forward product, and of its transpose for the gradient of the
# input. The type of p is the type in which the kernel computes; the type of q identifies the kernel.
class LinearOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # Returns the packed forms of the weight and of its transpose (p, q, p, q), and an empty array of the weight's type.
    def pack(self, kernel: str, weight: Tensor, dtype: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        return self.pack_for(weight, kernel, kernel, dtype, 0, 0)

    # The same with one kernel for the forward product and one for the gradient of the input, and the numbers of the
    # algorithms that they use.
    def pack_for(self, weight: Tensor, forward: str, backward: str, dtype: int, algorithm: int, backward_algorithm: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        w = torch.to(torch.detach(weight), dtype, False, True)
        p, q = self.compress(forward, w, algorithm)
        pt, qt = self.compress(backward, torch.t(w), backward_algorithm)
        return (p, q, pt, qt, torch.empty([0], dtype=weight.dtype, device=weight.device))

    def compress(self, kernel: str, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        if kernel == "dense":
            # q has a floating-point type.
            return (matrix, torch.empty([0], dtype=matrix.dtype, device=matrix.device))
        matrix = torch.contiguous(matrix)
        if kernel == "cslt":
            # q is the number of the algorithm, an int64 that stays on the CPU.
            return (torch._cslt_compress(matrix), torch.tensor(algorithm))
        values, fours = self.halves(matrix)
        if kernel == "cutlass":
            return (values, self.cutlass_order(fours))
        if kernel != "packed":
            ops.prim.RaiseException("there is no kernel " + kernel)
        return (values, self.to_bytes(fours))

    # rows [n, k] times the transpose of the packed matrix [m, k].
    def product(self, rows: Tensor, p: Tensor, q: Tensor) -> Tensor:
        return self.product_plus(rows, p, q, None)

    # The same plus a bias [m] of the same type, which kernels add in the same pass over the result.
    def product_plus(self, rows: Tensor, p: Tensor, q: Tensor, bias: Optional[Tensor]) -> Tensor:
        if torch.is_floating_point(q):
            return torch.linear(rows, p, bias)
        if q.dtype == 0:
            return torch.linear(rows, self.unpack(p, q), bias)
        columns = torch.t(self.by_eight(rows))
        if q.dtype == 4:
            result = torch._cslt_sparse_mm(p, columns, bias, None, None, True, int(q))
        elif bias is None:
            result = torch.contiguous(torch.t(torch._sparse_semi_structured_mm(p, q, columns)))
        else:
            added = torch._sparse_semi_structured_addmm(torch._unwrap_optional(bias), p, q, columns)
            result = torch.contiguous(torch.t(added))
        return torch.detach(torch.narrow(result, 0, 0, torch.size(rows, 0)))

    # The number of the fastest algorithm of cuSPARSELt for a product with rows [n, k], for pack_for.
    def cslt_search(self, rows: Tensor, p: Tensor) -> int:
        columns = torch.t(self.by_eight(self.rows(torch.to(rows, p.dtype))))
        return torch._cslt_sparse_mm_search(p, columns, None, None, None, True)

    # x [.., k] times the transpose of the packed matrix, plus a bias, in the type of x. An empty bias means no bias.
    def predict(self, x: Tensor, bias: Tensor, p: Tensor, q: Tensor) -> Tensor:
        rows = self.rows(torch.to(x, p.dtype))
        if torch.numel(bias) > 0:
            y = self.product_plus(rows, p, q, torch.to(torch.detach(bias), p.dtype))
        else:
            y = self.product(rows, p, q)
        return torch.to(self.shaped(y, x), x.dtype)

    # The same without a bias, as a node of the autograd graph. Returns y, rows, x1 and w1 as a list, which DJL reads
    # faster than a tuple. The product y is computed outside the graph and is then made to depend on x1 and w1, which
    # are aliases of x and the weight. Autograd computes the gradient of y, and then gradients of x1, in the packed
    # type, and of w1. These are zero, and hooks must replace them. None of this reads or writes a large array: the
    # operation on y is an addition of no rows. The factors have size one while their product is computed. Afterwards
    # they are replaced by zeros that take no memory, each of the size of the other's gradient. Autograd keeps both for
    # its backward pass, so it detects in-place changes of x and the weight, as always.
    def tie(self, x: Tensor, weight: Tensor, p: Tensor, q: Tensor) -> List[Tensor]:
        typed = torch.to(x, p.dtype)
        rows = self.rows(typed)
        y = self.shaped(self.product(rows, p, q), x)
        return self.tied(typed, weight, y, rows)

    # The same for a product y that has been computed elsewhere.
    def tie_product(self, x: Tensor, weight: Tensor, y: Tensor) -> List[Tensor]:
        return self.tied(x, weight, y, torch.detach(x))

    def tied(self, typed: Tensor, weight: Tensor, y: Tensor, rows: Tensor) -> List[Tensor]:
        x1 = torch.alias(typed)
        w1 = torch.alias(weight)
        one = torch.empty([], dtype=y.dtype, device=y.device)
        torch.set_data(x1, one)
        torch.set_data(w1, one)
        torch.index_add_(y, 0, self.nothing(y), torch.expand(torch.mul(x1, w1), self.no_rows(y)))
        torch.set_data(x1, self.zero(weight))
        torch.set_data(w1, self.zero(typed))
        return [y, rows, x1, w1]

    # A tied product plus a bias, in the type of x. This is another node, so that hooks on it run before those on y. The
    # addition is in place if the type does not change, because one more array costs more than the addition.
    def finish(self, y: Tensor, bias: Tensor, x: Tensor) -> Tensor:
        if torch.numel(bias) == 0:
            torch.index_add_(y, 0, self.nothing(y), torch.empty(self.no_rows(y), dtype=y.dtype, device=y.device))
        elif bias.dtype == y.dtype:
            torch.add_(y, bias)
        else:
            y = torch.add(y, bias)
        return torch.to(y, x.dtype)

    # The same for images, whose channels are not the last dimension.
    def finish_channels(self, y: Tensor, bias: Tensor, x: Tensor) -> Tensor:
        added = bias
        if torch.numel(bias) > 0:
            added = torch.reshape(bias, [-1, 1, 1])
        return self.finish(y, added, x)

    def nothing(self, y: Tensor) -> Tensor:
        return torch.empty([0], dtype=4, device=y.device)

    def no_rows(self, y: Tensor) -> List[int]:
        size = torch.size(y)
        size[0] = 0
        return size

    # The gradient of x1 from the gradient of y, in the same type; p and q are those of the transpose.
    def input_gradient(self, dy: Tensor, p: Tensor, q: Tensor) -> Tensor:
        dx = self.product(self.rows(torch.to(dy, p.dtype)), p, q)
        return torch.to(self.shaped(dx, dy), dy.dtype)

    # The gradient of w1 from the gradient of y, in the type of "like".
    def weight_gradient(self, dy: Tensor, rows: Tensor, like: Tensor) -> Tensor:
        return torch.to(torch.matmul(torch.t(self.rows(dy)), rows), like.dtype)

    # Both gradients.
    def gradients(self, dy: Tensor, p: Tensor, q: Tensor, rows: Tensor, like: Tensor) -> List[Tensor]:
        dy_rows = self.rows(dy)
        dx = self.shaped(self.product(dy_rows, p, q), dy)
        return [dx, torch.to(torch.matmul(torch.t(dy_rows), rows), like.dtype)]

    # The gradients of x and the weight from the gradient of y, which depends on them.
    def backward(self, y: Tensor, dy: Tensor, x: Tensor, weight: Tensor) -> List[Tensor]:
        gradients = torch.grad([y], [x, weight], annotate(List[Optional[Tensor]], [dy]))
        return [torch._unwrap_optional(gradients[0]), torch._unwrap_optional(gradients[1])]

    # An array in its order in memory. Returns one array if x is contiguous; two, x with its last two dimensions
    # exchanged, if that is contiguous; and a contiguous copy otherwise.
    def operand(self, x: Tensor) -> List[Tensor]:
        y = torch.detach(x)
        result = [y]
        if not torch.is_contiguous(y):
            turned = y
            if torch.dim(y) > 1:
                turned = torch.transpose(y, -1, -2)
            if torch.dim(y) > 1 and torch.is_contiguous(turned):
                result = [turned, turned]
            else:
                result = [torch.contiguous(y)]
        return result

    # The gradient of a dense linear layer's input.
    def dense_input_gradient(self, dy: Tensor, weight: Tensor) -> List[Tensor]:
        return [torch.detach(torch.matmul(dy, weight))]

    # The gradient of a dense linear layer's weight.
    def dense_weight_gradient(self, dy: Tensor, x: Tensor) -> List[Tensor]:
        return [torch.detach(torch.matmul(torch.t(self.rows(dy)), self.rows(x)))]

    # The gradient of a convolution's input. The window consists of stride, padding and dilation, each for height and
    # width.
    def convolution_input_gradient(self, dy: Tensor, weight: Tensor, window: Tensor, size: Tensor) -> List[Tensor]:
        like = torch.empty(self.four(size, 0), dtype=dy.dtype, device=dy.device)
        dx, dw, db = self.convolution_gradients(dy, like, weight, window, True)
        return [torch.detach(dx)]

    # The gradient of a convolution's weight.
    def convolution_weight_gradient(self, dy: Tensor, x: Tensor, window: Tensor, size: Tensor) -> List[Tensor]:
        like = torch.empty(self.four(size, 0), dtype=dy.dtype, device=dy.device)
        dx, dw, db = self.convolution_gradients(dy, x, like, window, False)
        return [torch.detach(dw)]

    # If a gradient is not requested, only the size of the corresponding array is read.
    def convolution_gradients(self, dy: Tensor, x: Tensor, weight: Tensor, window: Tensor, of_input: bool) -> Tuple[Tensor, Tensor, Tensor]:
        stride = self.two(window, 0)
        padding = self.two(window, 2)
        dilation = self.two(window, 4)
        mask = [of_input, not of_input, False]
        return torch.convolution_backward(dy, torch.detach(x), torch.detach(weight), None, stride, padding, dilation, False, [0, 0], 1, mask)

    def two(self, numbers: Tensor, at: int) -> List[int]:
        return [int(torch.select(numbers, 0, at)), int(torch.select(numbers, 0, at + 1))]

    def four(self, numbers: Tensor, at: int) -> List[int]:
        return torch.add(self.two(numbers, at), self.two(numbers, at + 2))

    # x itself if it is contiguous, otherwise a contiguous copy.
    def compact(self, x: Tensor) -> List[Tensor]:
        return [torch.contiguous(torch.detach(x))]

    # An array of NaN of the same size and type.
    def poison(self, gradient: Tensor) -> Tensor:
        return torch.full(torch.size(gradient), nan, dtype=gradient.dtype, device=gradient.device)

    # The number of in-place changes of the array so far, or -1 if it no longer shares the other array's memory.
    def version(self, array: Tensor, other: Tensor) -> int:
        version = -1
        if torch.is_set_to(array, other) and not torch.is_inference(array):
            version = torch._version(array)
        return version

    # x as a matrix, detached from the graph. Most arrays are matrices already, and one call less matters for small
    # layers.
    def rows(self, x: Tensor) -> Tensor:
        rows = torch.detach(x)
        if torch.dim(x) != 2:
            rows = torch.reshape(rows, [-1, torch.size(x, -1)])
        return rows

    # A matrix of rows in the shape of x, except for the last dimension. The result is detached, so that in-place
    # changes of it do not concern the matrix.
    def shaped(self, matrix: Tensor, x: Tensor) -> Tensor:
        result = matrix
        if torch.dim(x) != 2:
            size = torch.size(x)
            size[-1] = torch.size(matrix, 1)
            result = torch.detach(torch.view(matrix, size))
        return result

    def zero(self, x: Tensor) -> Tensor:
        return torch._efficientzerotensor(torch.size(x), dtype=x.dtype, device=x.device)

    # GPU kernels require a multiple of 8 rows, in contiguous memory.
    def by_eight(self, rows: Tensor) -> Tensor:
        n = torch.size(rows, 0)
        missing = (8 - n % 8) % 8
        if n == 0:
            missing = 8
        if missing > 0:
            rows = torch.constant_pad_nd(rows, [0, 0, 0, missing])
        return torch.contiguous(rows)

    # The first group of four in a row of the weight, or of its transpose, that has more than two nonzero entries: [row,
    # group, entries], or an empty array if there is none.
    def first_overfull(self, weight: Tensor, transposed: bool) -> Tensor:
        matrix = torch.detach(weight)
        if transposed:
            matrix = torch.t(matrix)
        groups = torch.reshape(matrix, [torch.size(matrix, 0), -1, 4])
        entries = torch.sum(torch.ne(groups, 0), [2])
        places = torch.nonzero(entries > 2)
        place = torch.narrow(places, 0, 0, min(1, torch.size(places, 0)))
        row = torch.select(place, 1, 0)
        group = torch.select(place, 1, 1)
        return torch.stack([row, group, torch.index(entries, [row, group])], 1)

    # The two kept entries of each four entries of a row, and their positions: the first index, which is the lower one,
    # plus 4 times the second. If fewer than two entries are nonzero, zeros with the lowest indices are kept as well.
    def halves(self, matrix: Tensor) -> Tuple[Tensor, Tensor]:
        m = torch.size(matrix, 0)
        groups = torch.reshape(matrix, [m, -1, 4])
        bits = torch.tensor([1, 2, 4, 8], dtype=4, device=matrix.device)
        nonzero = torch.sum(torch.mul(torch.ne(groups, 0), bits), [2])
        # One value for each set of nonzero entries.
        kept = torch.tensor([4, 4, 4, 4, 8, 8, 9, 9, 12, 12, 13, 13, 14, 14, 14, 14], dtype=4, device=matrix.device)
        fours = torch.take(kept, nonzero)
        values = torch.gather(groups, 2, self.indices(fours))
        return (torch.reshape(values, [m, -1]), fours)

    def indices(self, fours: Tensor) -> Tensor:
        return torch.stack([torch.remainder(fours, 4), torch.floor_divide(fours, 4)], 2)

    # Packs two groups of a row into a byte, the first one into the lower half.
    def to_bytes(self, fours: Tensor) -> Tensor:
        m = torch.size(fours, 0)
        even = torch.constant_pad_nd(fours, [0, torch.size(fours, 1) % 2])
        pairs = torch.reshape(even, [m, -1, 2])
        return torch.to(torch.select(pairs, 2, 0) + 16 * torch.select(pairs, 2, 1), 0)

    # Restores the matrix from values and bytes.
    def unpack(self, values: Tensor, bytes: Tensor) -> Tensor:
        m = torch.size(values, 0)
        groups = torch.size(values, 1) // 2
        wide = torch.to(bytes, 4)
        pairs = torch.stack([torch.remainder(wide, 16), torch.floor_divide(wide, 16)], 2)
        fours = torch.narrow(torch.reshape(pairs, [m, -1]), 1, 0, groups)
        matrix = torch.zeros([m, groups, 4], dtype=values.dtype, device=values.device)
        torch.scatter_(matrix, 2, self.indices(fours), torch.reshape(values, [m, groups, 2]))
        return torch.reshape(matrix, [m, -1])

    # The order of words of four groups that CUTLASS requires. Of each 32 rows, row 8 a + b becomes row 4 b + a; blocks
    # of two rows and two words are transposed; and two columns of words are stored as one column of pairs.
    def cutlass_order(self, fours: Tensor) -> Tensor:
        m = torch.size(fours, 0)
        places = torch.tensor([1, 16, 256, 4096], dtype=4, device=fours.device)
        words = torch.sum(torch.mul(torch.reshape(fours, [m, -1, 4]), places), [2])
        blocks = torch.reshape(words, [m // 32, 2, 2, 8, -1, 2])
        ordered = torch.reshape(torch.permute(blocks, [4, 0, 3, 1, 5, 2]), [m, -1])
        return torch.to(ordered, 2)
