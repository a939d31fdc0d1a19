# PyTorch's dense product.
class DenseOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # q is empty.
    def pack(self, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        return (matrix, torch.empty([0], dtype=matrix.dtype, device=matrix.device))

    def multiply(self, rows: Tensor, p: Tensor, q: Tensor, bias: Optional[Tensor]) -> Tensor:
        return torch.linear(rows, p, bias)
