# A search that finds the algorithm whose number is the number of rows.
class StandInSearch(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def search(self, rows: Tensor, p: Tensor) -> int:
        return torch.size(rows, 0)
