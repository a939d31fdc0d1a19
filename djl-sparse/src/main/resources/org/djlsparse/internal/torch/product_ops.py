# The products of a linear layer with a packed weight, for each kernel's own operators:
#
#     pack(matrix, algorithm) packs a matrix [m, k]: the weight [out, in] for the forward product, and its transpose for
#     the gradient of the input. Returns p, in the type in which the kernel computes, and q.
#
#     multiply(rows, p, q, bias) returns rows [n, k] times the transpose of the packed matrix, plus a bias [m] of the
#     same type, outside the graph.
class ProductOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # A copy of the weight in the type in which the kernel computes.
    def typed(self, weight: Tensor, dtype: int) -> Tensor:
        return torch.to(torch.detach(weight), dtype, False, True)

    # The packed form (p, q) of a typed weight, or of its transpose, for an algorithm.
    def compress(self, typed: Tensor, transposed: bool, algorithm: int) -> Tuple[Tensor, Tensor]:
        matrix = typed
        if transposed:
            matrix = torch.t(typed)
        return self.pack(matrix, algorithm)

    # x [.., k] times the transpose of the packed matrix, plus a bias, in the type of x. An empty bias means no bias.
    # Kernels add a bias in the same pass over the result.
    def predict(self, x: Tensor, bias: Tensor, p: Tensor, q: Tensor) -> Tensor:
        added = annotate(Optional[Tensor], None)
        if torch.numel(bias) > 0:
            added = torch.to(torch.detach(bias), p.dtype)
        y = self.multiply(self.rows(torch.to(x, p.dtype)), p, q, added)
        return torch.to(self.shaped(y, x), x.dtype)

    # The same without a bias, as a node of the graph; see tie_product. The gradient of x1 has the packed type.
    def tie(self, x: Tensor, weight: Tensor, p: Tensor, q: Tensor) -> List[Tensor]:
        typed = torch.to(x, p.dtype)
        rows = self.rows(typed)
        y = self.shaped(self.multiply(rows, p, q, None), x)
        return self.tied(typed, weight, y, rows)

    # The gradient of x1 from the gradient of y, in the same type; p and q are those of the transpose.
    def input_gradient(self, dy: Tensor, p: Tensor, q: Tensor) -> Tensor:
        dx = self.multiply(self.rows(torch.to(dy, p.dtype)), p, q, None)
        return torch.to(self.shaped(dx, dy), dy.dtype)

    # Both gradients.
    def gradients(self, dy: Tensor, rows: Tensor, like: Tensor, p: Tensor, q: Tensor) -> List[Tensor]:
        dy_rows = self.rows(dy)
        dx = self.shaped(self.multiply(dy_rows, p, q, None), dy)
        return [dx, torch.to(torch.matmul(torch.t(dy_rows), rows), like.dtype)]
