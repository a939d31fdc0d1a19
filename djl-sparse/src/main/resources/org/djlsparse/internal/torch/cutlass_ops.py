# CUTLASS, by the operators of PyTorch. p has the kept values, q their indices in CUTLASS's order.
class CutlassOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def pack(self, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        values, fours = self.halves(matrix)
        return (values, self.cutlass_order(fours))

    def multiply(self, rows: Tensor, p: Tensor, q: Tensor, bias: Optional[Tensor]) -> Tensor:
        columns = torch.t(self.by_eight(rows))
        if bias is None:
            result = torch._sparse_semi_structured_mm(p, q, columns)
        else:
            result = torch._sparse_semi_structured_addmm(torch._unwrap_optional(bias), p, q, columns)
        product = torch.contiguous(torch.t(result))
        return torch.detach(torch.narrow(product, 0, 0, torch.size(rows, 0)))

    # The order of words of four groups that CUTLASS requires. Of each 32 rows, row 8 a + b becomes row 4 b + a; blocks
    # of two rows and two words are transposed; and two columns of words are stored as one column of pairs.
    def cutlass_order(self, fours: Tensor) -> Tensor:
        m = torch.size(fours, 0)
        places = torch.tensor([1, 16, 256, 4096], dtype=4, device=fours.device)
        words = torch.sum(torch.mul(torch.reshape(fours, [m, -1, 4]), places), [2])
        blocks = torch.reshape(words, [m // 32, 2, 2, 8, -1, 2])
        ordered = torch.reshape(torch.permute(blocks, [4, 0, 3, 1, 5, 2]), [m, -1])
        return torch.to(ordered, 2)
