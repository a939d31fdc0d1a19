# Least squares for the kept weights of a layer. TorchScript, in the form in which PyTorch stores it: type names are
# numbers (4 int64, 6 float32, 7 float64), and no functions outside the class.
#
# A layer's product is rows [positions, inputs + 1] times weights [inputs + 1, outputs]: the last input is 1, and its
# weight is the change of the bias. "h" is the sum of rows^T rows, "g" the sum of rows^T targets, and "total" the sum of
# the targets' squares, one value per output; all are float64. The squared error of weights v of an output is therefore
# total - 2 g.v + v.h.v.
class LeastSquares(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def zeros(self, like: Tensor, size: List[int]) -> Tensor:
        return torch.zeros(size, dtype=7, device=like.device)

    # The rows of a linear layer, in float64, with the additional input 1 at the end.
    def linear_rows(self, x: Tensor) -> Tensor:
        flat = torch.to(torch.reshape(x, [-1, torch.size(x, -1)]), 7)
        one = torch.ones([torch.size(flat, 0), 1], dtype=7, device=x.device)
        return torch.cat([flat, one], 1)

    # The rows of a convolution [samples, inputs, height, width], or without height: the inputs under each position of the
    # kernel, input by input, each tap by tap.
    def patch_rows(self, x: Tensor, kernel: List[int], dilation: List[int], padding: List[int],
            stride: List[int]) -> Tensor:
        return self.linear_rows(self.patches(x, kernel, dilation, padding, stride))

    def patches(self, x: Tensor, kernel: List[int], dilation: List[int], padding: List[int], stride: List[int]) -> Tensor:
        image = x
        if image.dtype == 5:
            image = torch.to(x, 6)
        if torch.dim(image) == 3:
            image = torch.unsqueeze(image, 2)
        return torch.transpose(torch.im2col(image, kernel, dilation, padding, stride), 1, 2)

    # An output without its bias, [positions, outputs], in float64. An empty bias means no bias.
    def linear_targets(self, y: Tensor, bias: Tensor) -> Tensor:
        flat = torch.to(torch.reshape(y, [-1, torch.size(y, -1)]), 7)
        if torch.numel(bias) > 0:
            flat = flat - torch.to(bias, 7)
        return flat

    def patch_targets(self, y: Tensor, bias: Tensor) -> Tensor:
        size = [torch.size(y, 0), torch.size(y, 1), -1]
        return self.linear_targets(torch.transpose(torch.reshape(y, size), 1, 2), bias)

    # Adds rows and targets to the sums, in place. Because h is symmetric, only the blocks on and to the right of the
    # diagonal are computed.
    def add(self, h: Tensor, g: Tensor, total: Tensor, rows: Tensor, targets: Tensor) -> Tensor:
        n = torch.size(h, 0)
        for first in range(0, n, 128):
            wide = min(128, n - first)
            left = torch.t(torch.narrow(rows, 1, first, wide))
            product = torch.matmul(left, torch.narrow(rows, 1, first, n - first))
            torch.add_(torch.narrow(torch.narrow(h, 0, first, wide), 1, first, n - first), product)
            rest = n - first - wide
            below = torch.narrow(torch.narrow(h, 0, first + wide, rest), 1, first, wide)
            torch.add_(below, torch.t(torch.narrow(product, 1, wide, rest)))
        torch.addmm_(g, torch.t(rows), targets)
        torch.add_(total, torch.sum(torch.mul(targets, targets), [0]))
        return total

    # Adds a call of a linear layer, at_once positions at a time: only the picked positions, or all if none are picked.
    def add_linear(self, h: Tensor, g: Tensor, total: Tensor, x: Tensor, y: Tensor, bias: Tensor, picked: Tensor,
            at_once: int) -> Tensor:
        inputs = self.pick(torch.reshape(x, [-1, torch.size(x, -1)]), picked)
        outputs = self.pick(torch.reshape(y, [-1, torch.size(y, -1)]), picked)
        for first in range(0, torch.size(inputs, 0), at_once):
            count = min(at_once, torch.size(inputs, 0) - first)
            rows = self.linear_rows(torch.narrow(inputs, 0, first, count))
            self.add(h, g, total, rows, self.linear_targets(torch.narrow(outputs, 0, first, count), bias))
        return total

    # Adds a call of a convolution, at_once samples at a time: only the picked positions, or all if none are picked.
    def add_patches(self, h: Tensor, g: Tensor, total: Tensor, x: Tensor, y: Tensor, bias: Tensor, picked: Tensor,
            kernel: List[int], dilation: List[int], padding: List[int], stride: List[int], at_once: int) -> Tensor:
        each = torch.numel(y) // max(1, torch.size(y, 0) * torch.size(y, 1))
        for first in range(0, torch.size(x, 0), at_once):
            count = min(at_once, torch.size(x, 0) - first)
            here = picked
            if torch.numel(picked) > 0:
                inside = torch.logical_and(picked >= first * each, picked < (first + count) * each)
                here = torch.masked_select(picked, inside) - first * each
            if torch.numel(picked) == 0 or torch.numel(here) > 0:
                cut = self.patches(torch.narrow(x, 0, first, count), kernel, dilation, padding, stride)
                rows = self.linear_rows(self.pick(torch.reshape(cut, [-1, torch.size(cut, 2)]), here))
                out = torch.reshape(torch.narrow(y, 0, first, count), [count, torch.size(y, 1), -1])
                flat = torch.reshape(torch.transpose(out, 1, 2), [-1, torch.size(y, 1)])
                self.add(h, g, total, rows, self.linear_targets(self.pick(flat, here), bias))
        return total

    def pick(self, rows: Tensor, picked: Tensor) -> Tensor:
        result = rows
        if torch.numel(picked) > 0:
            result = torch.index_select(rows, 0, picked)
        return result

    # Writes the picked rows into "all", in place, from row "first" on.
    def put(self, all: Tensor, rows: Tensor, picked: Tensor, first: int) -> Tensor:
        place = torch.narrow(all, 0, first, torch.size(picked, 0))
        return torch.copy_(place, torch.index_select(rows, 0, picked))

    # A copy of some of the numbers of a sum, row by row.
    def band(self, sum: Tensor, first: int, count: int) -> Tensor:
        return torch.clone(torch.narrow(torch.reshape(sum, [-1]), 0, first, count))

    # Adds numbers to a sum, in place, from number "first" on.
    def add_band(self, sum: Tensor, band: Tensor, first: int) -> Tensor:
        return torch.add_(torch.narrow(torch.reshape(sum, [-1]), 0, first, torch.numel(band)), band)

    # The sum of squares of each input, without the bias.
    def input_squares(self, h: Tensor) -> Tensor:
        return torch.clone(torch.narrow(torch.diagonal(h), 0, 0, torch.size(h, 0) - 1))

    # The amount added to the diagonal for damping: a share of its mean over the inputs, or some positive number if the
    # mean is 0.
    def ridge(self, h: Tensor, damping: float) -> Tensor:
        mean = torch.mean(self.input_squares(h))
        return torch.where(mean > 0, mean * damping, torch.ones_like(mean))

    # The diagonal of the inverse of the damped h, without the bias.
    def inverse_diagonal(self, h: Tensor, damping: float) -> Tensor:
        inputs = torch.size(h, 0) - 1
        part = torch.narrow(torch.narrow(h, 0, 0, inputs), 1, 0, inputs)
        damped = part + self.ridge(h, damping) * torch.eye(inputs, dtype=7, device=h.device)
        return torch.clone(torch.diagonal(torch.cholesky_inverse(torch.linalg_cholesky(damped))))

    # The best kept weights [outputs, inputs + 1] for a mask of the same shape, for as many outputs at once as the
    # scratch memory allows. The method solves for the change of the weights, and damps the change, not the weights
    # themselves.
    def solve(self, h: Tensor, g: Tensor, weights: Tensor, mask: Tensor, damping: float, scratch: int) -> Tensor:
        n = torch.size(h, 0)
        solved = torch.masked_fill(torch.to(weights, 7), torch.logical_not(mask), 0.)
        missing = torch.t(g) - torch.matmul(solved, h)
        counts = torch.sum(mask, [1])
        most = int(torch.max(counts))
        if most == 0:
            return solved
        even = int(torch.min(counts)) == most
        # The bias is not damped.
        damped = torch.expand(self.ridge(h, damping), [n])
        damped = torch.cat([torch.narrow(damped, 0, 0, n - 1), self.zeros(h, [1])], 0)
        at_once = max(1, scratch // (32 * most * most))
        for first in range(0, torch.size(solved, 0), at_once):
            count = min(at_once, torch.size(solved, 0) - first)
            kept = torch.to(torch.narrow(mask, 0, first, count), 4)
            # The kept inputs of each output. If another output keeps more, some pruned inputs are added, for which real
            # is 0.
            index = torch.narrow(torch.argsort(kept, stable=True, dim=1, descending=True), 1, 0, most)
            left = torch.index(h, [torch.unsqueeze(index, 2), torch.unsqueeze(index, 1)])
            right = torch.gather(torch.narrow(missing, 0, first, count), 1, index)
            diagonal = torch.diagonal(left, dim1=1, dim2=2)
            real = torch.ones_like(right)
            if not even:
                real = torch.to(torch.gather(kept, 1, index), 7)
                torch.mul_(left, torch.unsqueeze(real, 2))
                torch.mul_(left, torch.unsqueeze(real, 1))
                torch.add_(diagonal, 1. - real)
            torch.add_(diagonal, real * torch.index(damped, [index]))
            change = torch.cholesky_solve(torch.unsqueeze(right * real, 2), torch.linalg_cholesky(left))
            torch.scatter_add_(torch.narrow(solved, 0, first, count), 1, index, torch.squeeze(change, 2) * real)
        return solved

    # Returns the squared error of weights [outputs, inputs + 1], summed over all outputs, and the sum of the targets'
    # squares.
    def error(self, h: Tensor, g: Tensor, total: Tensor, weights: Tensor) -> Tensor:
        v = torch.to(weights, 7)
        change = torch.sum(torch.mul(v, torch.matmul(v, h) - 2. * torch.t(g)))
        all = torch.sum(total)
        return torch.stack([torch.clamp(all + change, 0.), all])

    # Adam on the mean squared error of minibatches: positions [steps, batch] of rows and targets. The mask is applied
    # again after each step; 0 is added at the end, so that no zero is negative. The bias, the last column, has a
    # separate learning rate.
    def adam(self, rows: Tensor, targets: Tensor, weights: Tensor, mask: Tensor, positions: Tensor, weight_rate: float,
            bias_rate: float) -> Tensor:
        n = torch.size(rows, 1)
        kept = torch.to(mask, 6)
        v = torch.to(weights, 6) * kept
        rate = torch.full([n], weight_rate, dtype=6, device=rows.device)
        torch.fill_(torch.narrow(rate, 0, n - 1, 1), bias_rate)
        first = torch.zeros_like(v)
        second = torch.zeros_like(v)
        decay1 = 1.
        decay2 = 1.
        for step in range(torch.size(positions, 0)):
            at = torch.select(positions, 0, step)
            x = torch.index_select(rows, 0, at)
            residual = torch.matmul(x, torch.t(v)) - torch.index_select(targets, 0, at)
            gradient = torch.matmul(torch.t(residual), x) * (2. / float(torch.numel(residual)))
            decay1 = decay1 * 0.9
            decay2 = decay2 * 0.999
            first = first * 0.9 + gradient * 0.1
            second = second * 0.999 + gradient * gradient * 0.001
            update = first / (1. - decay1) / (torch.sqrt(second / (1. - decay2)) + 1e-8)
            v = (v - update * rate) * kept
        return v + 0.
