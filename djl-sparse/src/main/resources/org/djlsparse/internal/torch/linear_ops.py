# Linear products that run outside autograd, and what ties them into its graph. TorchScript, in the form in which PyTorch
# stores it: names of types as numbers (0 uint8, 2 int16, 4 int64, 5 float16, 6 float32, 15 bfloat16), and no functions
# outside the class.
#
# A kernel is dense, packed, cslt or cutlass. "p" and "q" are what it makes of a matrix [m, k], always one that is not
# transposed: of the weight [out, in] for the forward product, and of its transpose for the gradient of the input. The type
# of p is the one that the kernel computes in; the type of q tells which kernel it is.
class LinearOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # The packed forms of the weight and of its transpose, p, q, p, q, and an empty array of the weight's type.
    def pack(self, kernel: str, weight: Tensor, dtype: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        return self.pack_for(weight, kernel, kernel, dtype, 0, 0)

    # The same for a kernel for the forward product and one for the gradient of the input, and the numbers of the algorithms
    # that they are to use.
    def pack_for(self, weight: Tensor, forward: str, backward: str, dtype: int, algorithm: int, backward_algorithm: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        w = torch.to(torch.detach(weight), dtype, False, True)
        p, q = self.compress(forward, w, algorithm)
        pt, qt = self.compress(backward, torch.t(w), backward_algorithm)
        return (p, q, pt, qt, torch.empty([0], dtype=weight.dtype, device=weight.device))

    def compress(self, kernel: str, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        if kernel == "dense":
            # q is of a floating type.
            return (matrix, torch.empty([0], dtype=matrix.dtype, device=matrix.device))
        matrix = torch.contiguous(matrix)
        if kernel == "cslt":
            # q is int64, the number of the algorithm. It stays on the CPU.
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

    # The same plus a bias [m] of the same type; kernels add it in the same pass over the result.
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

    # x [.., k] times the transpose of the packed matrix, plus a bias, in the type of x. An empty bias is none.
    def predict(self, x: Tensor, bias: Tensor, p: Tensor, q: Tensor) -> Tensor:
        rows = self.rows(torch.to(x, p.dtype))
        if torch.numel(bias) > 0:
            y = self.product_plus(rows, p, q, torch.to(torch.detach(bias), p.dtype))
        else:
            y = self.product(rows, p, q)
        return torch.to(self.shaped(y, x), x.dtype)

    # The same without a bias, as a node of autograd's graph: y, rows, x1, w1, as a list, which DJL reads faster than a tuple.
    # The product y comes from outside the graph and is then made to depend on x1 and w1, which are x and the weight under other
    # names: autograd brings the gradient of y, and then expects a gradient at x1, of the packed type, and at w1. What it
    # finds there is zero, and has to be replaced by hooks. None of this reads or writes a large array: y gets an addition of
    # no rows; the factors are of size one while their product is made, and afterwards stand for zeros that take no
    # memory, each of the size of the other's gradient. As autograd keeps both for its backward pass, it notices, as always,
    # if x or the weight is changed in place.
    def tie(self, x: Tensor, weight: Tensor, p: Tensor, q: Tensor) -> List[Tensor]:
        typed = torch.to(x, p.dtype)
        rows = self.rows(typed)
        y = self.shaped(self.product(rows, p, q), x)
        return self.tied(typed, weight, y, rows)

    # The same for a product y that was computed elsewhere.
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

    # A tied product plus a bias, in the type of x: another node, so that hooks on it come before those on y. In place where
    # the type stays: an array more costs more than the addition.
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

    # From the gradient of y, that of x1, in the same type: with p and q of the transpose.
    def input_gradient(self, dy: Tensor, p: Tensor, q: Tensor) -> Tensor:
        dx = self.product(self.rows(torch.to(dy, p.dtype)), p, q)
        return torch.to(self.shaped(dx, dy), dy.dtype)

    # From the gradient of y, that of w1, in the type of "like".
    def weight_gradient(self, dy: Tensor, rows: Tensor, like: Tensor) -> Tensor:
        return torch.to(torch.matmul(torch.t(self.rows(dy)), rows), like.dtype)

    # Both.
    def gradients(self, dy: Tensor, p: Tensor, q: Tensor, rows: Tensor, like: Tensor) -> List[Tensor]:
        dy_rows = self.rows(dy)
        dx = self.shaped(self.product(dy_rows, p, q), dy)
        return [dx, torch.to(torch.matmul(torch.t(dy_rows), rows), like.dtype)]

    # The gradients of x and the weight, from that of y, which depends on them.
    def backward(self, y: Tensor, dy: Tensor, x: Tensor, weight: Tensor) -> List[Tensor]:
        gradients = torch.grad([y], [x, weight], annotate(List[Optional[Tensor]], [dy]))
        return [torch._unwrap_optional(gradients[0]), torch._unwrap_optional(gradients[1])]

    # An array as it lies in memory: one array if its last dimension is the closest one; two, the first with its last two
    # dimensions exchanged, if that is so of the one before; a copy otherwise.
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

    # The same for the weight's.
    def dense_weight_gradient(self, dy: Tensor, x: Tensor) -> List[Tensor]:
        return [torch.detach(torch.matmul(torch.t(self.rows(dy)), self.rows(x)))]

    # The gradient of a convolution's input. The window is stride, padding and dilation, each of height and width.
    def convolution_input_gradient(self, dy: Tensor, weight: Tensor, window: Tensor, size: Tensor) -> List[Tensor]:
        like = torch.empty(self.four(size, 0), dtype=dy.dtype, device=dy.device)
        dx, dw, db = self.convolution_gradients(dy, like, weight, window, True)
        return [torch.detach(dx)]

    # The same for the weight's.
    def convolution_weight_gradient(self, dy: Tensor, x: Tensor, window: Tensor, size: Tensor) -> List[Tensor]:
        like = torch.empty(self.four(size, 0), dtype=dy.dtype, device=dy.device)
        dx, dw, db = self.convolution_gradients(dy, x, like, window, False)
        return [torch.detach(dw)]

    # Of what is not asked for, only the size is looked at.
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

    # x itself if it is contiguous, else a copy that is.
    def compact(self, x: Tensor) -> List[Tensor]:
        return [torch.contiguous(torch.detach(x))]

    # An array of NaN of the same size and type.
    def poison(self, gradient: Tensor) -> Tensor:
        return torch.full(torch.size(gradient), nan, dtype=gradient.dtype, device=gradient.device)

    # How often the array was changed in place so far, or -1 if it no longer has the memory that it shared with the other one.
    def version(self, array: Tensor, other: Tensor) -> int:
        version = -1
        if torch.is_set_to(array, other) and not torch.is_inference(array):
            version = torch._version(array)
        return version

    # x as a matrix, without its gradient. Most are matrices already, and a call less counts where layers are small.
    def rows(self, x: Tensor) -> Tensor:
        rows = torch.detach(x)
        if torch.dim(x) != 2:
            rows = torch.reshape(rows, [-1, torch.size(x, -1)])
        return rows

    # A matrix of rows in the shape of x, but for the last dimension. Changing it in place is none of the matrix's business.
    def shaped(self, matrix: Tensor, x: Tensor) -> Tensor:
        result = matrix
        if torch.dim(x) != 2:
            size = torch.size(x)
            size[-1] = torch.size(matrix, 1)
            result = torch.detach(torch.view(matrix, size))
        return result

    def zero(self, x: Tensor) -> Tensor:
        return torch._efficientzerotensor(torch.size(x), dtype=x.dtype, device=x.device)

    # The kernels of the GPU take multiples of 8 rows, one behind the other.
    def by_eight(self, rows: Tensor) -> Tensor:
        n = torch.size(rows, 0)
        missing = (8 - n % 8) % 8
        if n == 0:
            missing = 8
        if missing > 0:
            rows = torch.constant_pad_nd(rows, [0, 0, 0, missing])
        return torch.contiguous(rows)

    # Where a group of four in a row of the weight, or of its transpose, holds more than two entries that are not zero:
    # [row, group, entries] of the first one, or nothing.
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

    # Of each four entries of a row the two that are kept, and where they were: the first index plus 4 times the second.
    # The first index is the lower one. Where fewer than two are not zero, zeros with the lowest indices are kept as well.
    def halves(self, matrix: Tensor) -> Tuple[Tensor, Tensor]:
        m = torch.size(matrix, 0)
        groups = torch.reshape(matrix, [m, -1, 4])
        bits = torch.tensor([1, 2, 4, 8], dtype=4, device=matrix.device)
        nonzero = torch.sum(torch.mul(torch.ne(groups, 0), bits), [2])
        # For each set of entries that are not zero.
        kept = torch.tensor([4, 4, 4, 4, 8, 8, 9, 9, 12, 12, 13, 13, 14, 14, 14, 14], dtype=4, device=matrix.device)
        fours = torch.take(kept, nonzero)
        values = torch.gather(groups, 2, self.indices(fours))
        return (torch.reshape(values, [m, -1]), fours)

    def indices(self, fours: Tensor) -> Tensor:
        return torch.stack([torch.remainder(fours, 4), torch.floor_divide(fours, 4)], 2)

    # Two groups of a row in a byte, the first one in the lower half.
    def to_bytes(self, fours: Tensor) -> Tensor:
        m = torch.size(fours, 0)
        even = torch.constant_pad_nd(fours, [0, torch.size(fours, 1) % 2])
        pairs = torch.reshape(even, [m, -1, 2])
        return torch.to(torch.select(pairs, 2, 0) + 16 * torch.select(pairs, 2, 1), 0)

    # The matrix that values and bytes were made of.
    def unpack(self, values: Tensor, bytes: Tensor) -> Tensor:
        m = torch.size(values, 0)
        groups = torch.size(values, 1) // 2
        wide = torch.to(bytes, 4)
        pairs = torch.stack([torch.remainder(wide, 16), torch.floor_divide(wide, 16)], 2)
        fours = torch.narrow(torch.reshape(pairs, [m, -1]), 1, 0, groups)
        matrix = torch.zeros([m, groups, 4], dtype=values.dtype, device=values.device)
        torch.scatter_(matrix, 2, self.indices(fours), torch.reshape(values, [m, groups, 2]))
        return torch.reshape(matrix, [m, -1])

    # The order in which CUTLASS wants words of four groups: of each 32 rows, row 8 a + b becomes row 4 b + a; blocks of
    # two rows and two words are transposed; and two columns of words are stored as one column of pairs.
    def cutlass_order(self, fours: Tensor) -> Tensor:
        m = torch.size(fours, 0)
        places = torch.tensor([1, 16, 256, 4096], dtype=4, device=fours.device)
        words = torch.sum(torch.mul(torch.reshape(fours, [m, -1, 4]), places), [2])
        blocks = torch.reshape(words, [m // 32, 2, 2, 8, -1, 2])
        ordered = torch.reshape(torch.permute(blocks, [4, 0, 3, 1, 5, 2]), [m, -1])
        return torch.to(ordered, 2)
