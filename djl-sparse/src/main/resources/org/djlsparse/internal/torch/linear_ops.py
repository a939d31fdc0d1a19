# Operators of linear products that do not depend on the kernel, above all those that tie a product into autograd's
# graph. TorchScript, in the form in which PyTorch stores it: type names are numbers (0 uint8, 2 int16, 4 int64, 5
# float16, 6 float32, 15 bfloat16), and no functions outside the class.
class LinearOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # Makes y, a product of x and the weight that was computed outside the graph, depend on them. Returns y, rows, x1 and
    # w1 as a list, which DJL reads faster than a tuple; x1 and w1 are aliases of x and the weight. Autograd computes the
    # gradient of y, and then gradients of x1 and w1. These are zero, and hooks must replace them. None of this reads or
    # writes a large array: the operation on y is an addition of no rows. The factors have size one while their product is
    # computed. Afterwards they are replaced by zeros that take no memory, each of the size of the other's gradient.
    # Autograd keeps both for its backward pass, so it detects in-place changes of x and the weight, as always.
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

    # The gradient of w1 from the gradient of y, in the type of "like".
    def weight_gradient(self, dy: Tensor, rows: Tensor, like: Tensor) -> Tensor:
        return torch.to(torch.matmul(torch.t(self.rows(dy)), rows), like.dtype)

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

    # GPU kernels require a multiple of 8 rows, in contiguous memory at an address that is a multiple of 16 bytes. Fresh
    # memory has such an address; a view may start anywhere.
    def by_eight(self, rows: Tensor) -> Tensor:
        n = torch.size(rows, 0)
        missing = (8 - n % 8) % 8
        if n == 0:
            missing = 8
        if missing > 0:
            rows = torch.constant_pad_nd(rows, [0, 0, 0, missing])
        rows = torch.contiguous(rows)
        if torch.storage_offset(rows) * torch.element_size(rows) % 16 != 0:
            rows = torch.clone(rows)
        return rows

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
