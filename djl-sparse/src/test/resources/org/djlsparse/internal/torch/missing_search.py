class MissingSearch(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def search(self, rows: Tensor, p: Tensor) -> int:
        return torch._no_such_search(p, rows)
