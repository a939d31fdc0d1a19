# The reference kernel, which unpacks the weight for each product. p has the kept values, q two groups' indices a byte.
class PackedOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def pack(self, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        values, fours = self.halves(matrix)
        return (values, self.to_bytes(fours))

    def multiply(self, rows: Tensor, p: Tensor, q: Tensor, bias: Optional[Tensor]) -> Tensor:
        return torch.linear(rows, self.unpack(p, q), bias)

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
