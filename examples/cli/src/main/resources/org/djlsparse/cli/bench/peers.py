# Published algorithms for transposable masks in plain PyTorch: all tiles at once, in single precision, as in the papers.
# In the form in which PyTorch stores TorchScript: 4 is int64, 6 float32, 11 bool.
class Peers(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # Returns the magnitudes of the tiles, [T, m * m].
    def blocks(self, weight: Tensor, m: int) -> Tensor:
        rows = torch.size(weight, 0) // m
        columns = torch.size(weight, 1) // m
        tiles = torch.permute(torch.view(torch.abs(weight), [rows, m, columns, m]), [0, 2, 1, 3])
        return torch.reshape(tiles, [-1, m * m])

    # Reshapes [T, m * m] to the weight's shape.
    def unblocks(self, tiles: Tensor, weight: Tensor, m: int) -> Tensor:
        rows = torch.size(weight, 0) // m
        columns = torch.size(weight, 1) // m
        mask = torch.permute(torch.view(tiles, [rows, columns, m, m]), [0, 2, 1, 3])
        return torch.to(torch.reshape(mask, [rows * m, columns * m]), 11)

    # Multiplies |W| by all masks and selects the best of each tile. masks: [16, number of masks].
    def product(self, weight: Tensor, masks: Tensor) -> Tensor:
        best = torch.argmax(torch.matmul(self.blocks(weight, 4), masks), 1)
        return self.unblocks(torch.index_select(torch.t(masks), 0, best), weight, 4)

    # Keeps entries in the order of their magnitude, largest first, if row and column have room.
    def greedy(self, weight: Tensor, n: int, m: int) -> Tensor:
        return self.unblocks(self.keep_largest(self.blocks(weight, m), n, m), weight, m)

    def keep_largest(self, scores: Tensor, n: int, m: int) -> Tensor:
        order = torch.argsort(scores, 1, True)
        mask = torch.zeros_like(scores)
        in_row = torch.zeros([torch.size(scores, 0), m], device=scores.device)
        in_column = torch.zeros_like(in_row)
        for k in range(m * m):
            entry = torch.narrow(order, 1, k, 1)
            row = torch.floor_divide(entry, m)
            column = torch.remainder(entry, m)
            room = (torch.gather(in_row, 1, row) < n) & (torch.gather(in_column, 1, column) < n)
            keep = torch.to(room, 6)
            torch.scatter_(mask, 1, entry, keep)
            torch.scatter_add_(in_row, 1, row, keep)
            torch.scatter_add_(in_column, 1, column, keep)
        return mask

    # Entropic optimal transport by Dykstra's method in logarithms, greedy rounding, and swaps that fill rows and columns.
    def entropic(self, weight: Tensor, n: int, m: int, tau: float, rounds: int, swaps: int) -> Tensor:
        blocks = self.blocks(weight, m)
        scores = torch.view(blocks, [-1, m, m])
        share = tau * scores / torch.amax(scores, [1, 2], True)
        dual = torch.zeros_like(share)
        full = torch.log(torch.full([1], float(n), dtype=6, device=weight.device))
        for round in range(rounds):
            share = share - torch.logsumexp(share, [2], True) + full
            share = share - torch.logsumexp(share, [1], True) + full
            capped = torch.clamp(share + dual, None, 0.)
            dual = dual + share - capped
            share = capped
        mask = torch.view(self.keep_largest(torch.reshape(share, [-1, m * m]), n, m), [-1, m, m])
        for swap in range(swaps):
            mask = self.fill(scores, mask, n, m)
        return self.unblocks(torch.reshape(mask, [-1, m * m]), weight, m)

    # Gives a row and a column that lack one entry each an entry more, by the best exchange with a third that is kept.
    def fill(self, scores: Tensor, mask: Tensor, n: int, m: int) -> Tensor:
        lacks_row, row = torch.max(n - torch.sum(mask, [2]), 1)
        lacks_column, column = torch.max(n - torch.sum(mask, [1]), 1)
        at_row = torch.expand(torch.view(row, [-1, 1, 1]), [-1, 1, m])
        at_column = torch.expand(torch.view(column, [-1, 1, 1]), [-1, m, 1])
        gain = torch.gather(scores, 1, at_row) + torch.gather(scores, 2, at_column) - scores
        free = (torch.gather(mask, 1, at_row) == 0) & (torch.gather(mask, 2, at_column) == 0) & (mask == 1)
        best, entry = torch.max(torch.reshape(torch.where(free, gain, torch.full_like(gain, -inf)), [-1, m * m]), 1)
        swap = torch.to((lacks_row > 0) & (lacks_column > 0) & (best > 0), 6)
        other_row = torch.floor_divide(entry, m)
        other_column = torch.remainder(entry, m)
        change = torch.zeros([torch.size(mask, 0), m * m], dtype=6, device=mask.device)
        torch.scatter_add_(change, 1, torch.unsqueeze(entry, 1), torch.unsqueeze(-swap, 1))
        torch.scatter_add_(change, 1, torch.unsqueeze(row * m + other_column, 1), torch.unsqueeze(swap, 1))
        torch.scatter_add_(change, 1, torch.unsqueeze(other_row * m + column, 1), torch.unsqueeze(swap, 1))
        return mask + torch.view(change, [-1, m, m])
