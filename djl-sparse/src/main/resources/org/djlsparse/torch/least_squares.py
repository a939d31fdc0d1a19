# Least squares for the kept weights of a layer. TorchScript, in the form in which PyTorch stores it: names of types as
# numbers (4 int64, 6 float32, 7 float64), and no functions outside the class.
#
# A layer's product is rows [positions, inputs + 1] times weights [inputs + 1, outputs]: the last input is 1 and its weight
# the change of the bias. "h" is the sum of rows^T rows, "g" that of rows^T targets, "total" that of the targets' squares,
# one an output; all in float64. So the squared error of weights v of an output is total - 2 g.v + v.h.v.
class LeastSquares(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def zeros(self, like: Tensor, size: List[int]) -> Tensor:
        return torch.zeros(size, dtype=7, device=like.device)

    # A linear layer's rows, in float64, with the one behind.
    def linear_rows(self, x: Tensor) -> Tensor:
        flat = torch.to(torch.reshape(x, [-1, torch.size(x, -1)]), 7)
        one = torch.ones([torch.size(flat, 0), 1], dtype=7, device=x.device)
        return torch.cat([flat, one], 1)

    # The rows of a convolution [samples, inputs, height, width], or without height: the inputs under each position of the
    # kernel, input by input, each tap by tap.
    def patch_rows(self, x: Tensor, kernel: List[int], dilation: List[int], padding: List[int],
            stride: List[int]) -> Tensor:
        image = torch.to(x, 7)
        if torch.dim(image) == 3:
            image = torch.unsqueeze(image, 2)
        columns = torch.im2col(image, kernel, dilation, padding, stride)
        return self.linear_rows(torch.transpose(columns, 1, 2))

    # An output without its bias, [positions, outputs], in float64. An empty bias is none.
    def linear_targets(self, y: Tensor, bias: Tensor) -> Tensor:
        flat = torch.to(torch.reshape(y, [-1, torch.size(y, -1)]), 7)
        if torch.numel(bias) > 0:
            flat = flat - torch.to(bias, 7)
        return flat

    def patch_targets(self, y: Tensor, bias: Tensor) -> Tensor:
        size = [torch.size(y, 0), torch.size(y, 1), -1]
        return self.linear_targets(torch.transpose(torch.reshape(y, size), 1, 2), bias)

    # Adds rows and targets to the sums, in place.
    def add(self, h: Tensor, g: Tensor, total: Tensor, rows: Tensor, targets: Tensor) -> Tensor:
        torch.addmm_(h, torch.t(rows), rows)
        torch.addmm_(g, torch.t(rows), targets)
        torch.add_(total, torch.sum(torch.mul(targets, targets), [0]))
        return total

    # Adds the calls of a linear layer, so many positions at once.
    def add_linear(self, h: Tensor, g: Tensor, total: Tensor, x: Tensor, y: Tensor, bias: Tensor,
            at_once: int) -> Tensor:
        inputs = torch.reshape(x, [-1, torch.size(x, -1)])
        outputs = torch.reshape(y, [-1, torch.size(y, -1)])
        for first in range(0, torch.size(inputs, 0), at_once):
            count = min(at_once, torch.size(inputs, 0) - first)
            rows = self.linear_rows(torch.narrow(inputs, 0, first, count))
            self.add(h, g, total, rows, self.linear_targets(torch.narrow(outputs, 0, first, count), bias))
        return total

    # Adds the calls of a convolution, so many samples at once.
    def add_patches(self, h: Tensor, g: Tensor, total: Tensor, x: Tensor, y: Tensor, bias: Tensor, kernel: List[int],
            dilation: List[int], padding: List[int], stride: List[int], at_once: int) -> Tensor:
        for first in range(0, torch.size(x, 0), at_once):
            count = min(at_once, torch.size(x, 0) - first)
            rows = self.patch_rows(torch.narrow(x, 0, first, count), kernel, dilation, padding, stride)
            self.add(h, g, total, rows, self.patch_targets(torch.narrow(y, 0, first, count), bias))
        return total

    # Writes some rows into others, in place, from one on.
    def put(self, all: Tensor, rows: Tensor, picked: Tensor, first: int) -> Tensor:
        place = torch.narrow(all, 0, first, torch.size(picked, 0))
        return torch.copy_(place, torch.index_select(rows, 0, picked))

    # The sum of squares of each input, without the bias.
    def input_squares(self, h: Tensor) -> Tensor:
        return torch.clone(torch.narrow(torch.diagonal(h), 0, 0, torch.size(h, 0) - 1))

    # What is added to the diagonal for damping: a share of its mean over the inputs, and any positive number if that is 0.
    def ridge(self, h: Tensor, damping: float) -> Tensor:
        mean = torch.mean(self.input_squares(h))
        return torch.where(mean > 0, mean * damping, torch.ones_like(mean))

    # The diagonal of the inverse of the damped h, without the bias.
    def inverse_diagonal(self, h: Tensor, damping: float) -> Tensor:
        inputs = torch.size(h, 0) - 1
        part = torch.narrow(torch.narrow(h, 0, 0, inputs), 1, 0, inputs)
        damped = part + self.ridge(h, damping) * torch.eye(inputs, dtype=7, device=h.device)
        return torch.clone(torch.diagonal(torch.cholesky_inverse(torch.linalg_cholesky(damped))))

    # The best kept weights [outputs, inputs + 1] for a mask of that shape, as many outputs at once as the scratch holds. The
    # change from the weights is found and damped, not the weights themselves.
    def solve(self, h: Tensor, g: Tensor, weights: Tensor, mask: Tensor, damping: float, scratch: int) -> Tensor:
        n = torch.size(h, 0)
        solved = torch.masked_fill(torch.to(weights, 7), torch.logical_not(mask), 0.)
        missing = torch.t(g) - torch.matmul(solved, h)
        most = int(torch.max(torch.sum(mask, [1])))
        if most == 0:
            return solved
        # The bias is not damped.
        damped = torch.expand(self.ridge(h, damping), [n])
        damped = torch.cat([torch.narrow(damped, 0, 0, n - 1), self.zeros(h, [1])], 0)
        at_once = max(1, scratch // (32 * most * most))
        for first in range(0, torch.size(solved, 0), at_once):
            count = min(at_once, torch.size(solved, 0) - first)
            kept = torch.to(torch.narrow(mask, 0, first, count), 4)
            # The kept inputs of each output; where another output keeps more, some that are not, for which real is 0.
            index = torch.narrow(torch.argsort(kept, stable=True, dim=1, descending=True), 1, 0, most)
            real = torch.to(torch.gather(kept, 1, index), 7)
            left = torch.index(h, [torch.unsqueeze(index, 2), torch.unsqueeze(index, 1)])
            left = left * torch.unsqueeze(real, 2) * torch.unsqueeze(real, 1)
            diagonal = torch.diagonal(left, dim1=1, dim2=2)
            torch.add_(diagonal, real * torch.index(damped, [index]) + (1. - real))
            right = torch.gather(torch.narrow(missing, 0, first, count), 1, index) * real
            change = torch.cholesky_solve(torch.unsqueeze(right, 2), torch.linalg_cholesky(left))
            torch.scatter_add_(torch.narrow(solved, 0, first, count), 1, index, torch.squeeze(change, 2) * real)
        return solved

    # The squared error of weights [outputs, inputs + 1], over all outputs, and the targets' squares.
    def error(self, h: Tensor, g: Tensor, total: Tensor, weights: Tensor) -> Tensor:
        v = torch.to(weights, 7)
        change = torch.sum(torch.mul(v, torch.matmul(v, h) - 2. * torch.t(g)))
        all = torch.sum(total)
        return torch.stack([torch.clamp(all + change, 0.), all])

    # Adam on the mean squared error of minibatches: positions [steps, batch] of rows and targets. The mask is put on again
    # after each step. The bias, the last column, has a learning rate of its own.
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
        return v
