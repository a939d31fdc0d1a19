class WrongOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def pack(self, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        return (matrix, torch.tensor(algorithm))

    def multiply(self, rows: Tensor, p: Tensor, q: Tensor, bias: Optional[Tensor]) -> Tensor:
        return torch.add(torch.linear(rows, p, bias), 1)
