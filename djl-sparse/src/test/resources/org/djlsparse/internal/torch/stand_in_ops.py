# Operators whose algorithms behave as those of a device might. q is the algorithm's number.
class StandInOps(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def pack(self, matrix: Tensor, algorithm: int) -> Tuple[Tensor, Tensor]:
        return (torch.contiguous(matrix), torch.tensor(algorithm))

    # 0 and 1 are right, 2 is wrong, 3 changes from call to call, 4 refuses the product, 5 runs out of memory, 6 returns
    # NaN, 700 is wrong in the last of 700 rows.
    def multiply(self, rows: Tensor, p: Tensor, q: Tensor, bias: Optional[Tensor]) -> Tensor:
        algorithm = int(q)
        result = torch.linear(rows, p, bias)
        if algorithm == 2:
            result = torch.add(result, 1)
        elif algorithm == 3:
            result = torch.add(result, torch.rand_like(result))
        elif algorithm == 4:
            ops.prim.RaiseException("CUDA error: operation not supported when calling cusparseLtMatmul")
        elif algorithm == 5:
            result = torch.empty([1152921504606846976], dtype=6)
        elif algorithm == 6:
            result = torch.mul(result, nan)
        elif algorithm == 700:
            result = torch.cat([torch.narrow(result, 0, 0, 699), torch.zeros([1, torch.size(result, 1)])])
        return result
