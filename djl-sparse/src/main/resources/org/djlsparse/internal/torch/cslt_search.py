# cuSPARSELt's search for algorithms, apart from its products: PyTorch may drop this operator.
class CsltSearch(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # The number of the fastest algorithm for a product with rows [.., k].
    def search(self, rows: Tensor, p: Tensor) -> int:
        columns = torch.t(self.by_eight(self.rows(torch.to(rows, p.dtype))))
        return torch._cslt_sparse_mm_search(p, columns, None, None, None, True)
