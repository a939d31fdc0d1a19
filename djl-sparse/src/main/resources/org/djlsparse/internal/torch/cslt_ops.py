# cuSPARSELt. p is its compressed matrix; q is the algorithm's number, an int64 that stays on the CPU.
class CsltOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def pack(self, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        return (torch._cslt_compress(torch.contiguous(matrix)), torch.tensor(algorithm))

    def multiply(self, rows: Tensor, p: Tensor, q: Tensor, bias: Optional[Tensor]) -> Tensor:
        columns = torch.t(self.by_eight(rows))
        result = torch._cslt_sparse_mm(p, columns, bias, None, None, True, int(q))
        return torch.detach(torch.narrow(result, 0, 0, torch.size(rows, 0)))
