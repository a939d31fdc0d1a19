# Finds transposable N:M masks on the weight's device. TorchScript, in the form in which PyTorch stores it: type names
# are numbers (4 int64, 6 float32, 7 float64, 11 bool), and no functions outside the class.
#
# "tiles" are [M, M, T]: the magnitudes by row and column of each of T tiles. The tiles are the last dimension, so that
# each step consists of few operations on long runs of numbers. The result for a tile does not depend on the others.
class MaskSolver(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # Returns whether all weights are finite as float32.
    def all_finite(self, weight: Tensor) -> Tensor:
        if not torch.is_floating_point(weight):
            ops.prim.RaiseException("the weight is not of a floating-point type")
        lowest, highest = torch.aminmax(weight)
        return torch.isfinite(torch.to(lowest, 6)) & torch.isfinite(torch.to(highest, 6))

    # The weight in float32, in row-major order.
    def floats(self, weight: Tensor) -> Tensor:
        return torch.reshape(torch.to(weight, 6), [-1])

    # A part of the weight, [rows, columns, taps], in float32.
    def part(self, weight: Tensor, row: int, rows: int, column: int, columns: int) -> Tensor:
        part = torch.narrow(torch.narrow(self.matrices(weight), 0, row, rows), 1, column, columns)
        return torch.contiguous(torch.to(part, 6))

    # Writes a part of a mask into a mask.
    def put(self, mask: Tensor, part: Tensor, row: int, column: int) -> Tensor:
        view = torch.narrow(self.matrices(mask), 0, row, torch.size(part, 0))
        torch.copy_(torch.narrow(view, 1, column, torch.size(part, 1)), part)
        return mask

    # [out, in, taps].
    def matrices(self, weight: Tensor) -> Tensor:
        return torch.reshape(weight, [torch.size(weight, 0), torch.size(weight, 1), -1])

    # A view of the full tiles, [M, M, tiles down, tiles across, taps].
    def full_tiles(self, matrices: Tensor, m: int) -> Tensor:
        down = torch.size(matrices, 0) // m
        across = torch.size(matrices, 1) // m
        full = torch.narrow(torch.narrow(matrices, 0, 0, down * m), 1, 0, across * m)
        return torch.permute(torch.view(full, [down, m, across, m, torch.size(full, 2)]), [1, 3, 0, 2, 4])

    # Returns the mask of the weight's full tiles, false elsewhere, and the numbers of the tiles that must be solved
    # elsewhere, counted down, across and by tap. Processes about at_once tiles at a time, and at least one with all its
    # taps. If masks are given, those of a 4 x 4 tile in order of preference, it tries them all; otherwise it solves the
    # transport problem.
    def solve(self, weight: Tensor, n: int, m: int, masks: List[int], rounds: int,
            at_once: int) -> Tuple[Tensor, Tensor]:
        matrices = self.matrices(weight)
        mask = torch.zeros_like(matrices, dtype=11)
        source = self.full_tiles(matrices, m)
        target = self.full_tiles(mask, m)
        down = torch.size(source, 2)
        across = torch.size(source, 3)
        taps = torch.size(source, 4)
        wide = torch.zeros([down, across, taps], dtype=11, device=weight.device)
        width = max(1, min(across, at_once // taps))
        height = max(1, at_once // (taps * width))
        for row in range(0, down, height):
            for column in range(0, across, width):
                h = min(height, down - row)
                w = min(width, across - column)
                block = torch.narrow(torch.narrow(source, 2, row, h), 3, column, w)
                tiles = torch.reshape(torch.abs(torch.to(block, 6)), [m, m, -1])
                if len(masks) > 0:
                    kept = self.enumerate(tiles, masks)
                    at = torch.narrow(torch.narrow(wide, 0, row, h), 1, column, w)
                    torch.copy_(at, torch.view(self.wide(tiles), [h, w, taps]))
                else:
                    kept = self.transport(tiles, n, rounds)
                place = torch.narrow(torch.narrow(target, 2, row, h), 3, column, w)
                torch.copy_(place, torch.view(kept, [m, m, h, w, taps]))
        numbers = torch.squeeze(torch.nonzero(torch.reshape(wide, [-1])), 1)
        return (torch.view(mask, torch.size(weight)), numbers)

    # Tries all masks of a 4 x 4 tile in one product, and returns the best one, the first among equals. Masks are
    # numbers in which bit 4 * row + column is set for a kept entry.
    def enumerate(self, tiles: Tensor, masks: List[int]) -> Tensor:
        mask = torch.unsqueeze(torch.tensor(masks, dtype=4, device=tiles.device), 1)
        bit = torch.pow(2, torch.arange(16, device=tiles.device))
        keeps = torch.remainder(torch.floor_divide(mask, bit), 2)
        entries = torch.to(torch.contiguous(torch.t(torch.reshape(tiles, [16, -1]))), 7)
        best = torch.argmax(torch.matmul(entries, torch.to(torch.t(keeps), 7)), 1)
        kept = torch.index_select(torch.to(keeps, 11), 0, best)
        return torch.permute(torch.view(kept, [-1, 4, 4]), [1, 2, 0])

    # Returns whether float64 sums of a tile's entries may be inexact, because one is more than 2^24 times another
    # nonzero one. The result then depends on the order of addition, which a matrix product does not define.
    def wide(self, tiles: Tensor) -> Tensor:
        smallest = torch.amin(torch.masked_fill(tiles, torch.eq(tiles, 0), inf), [0, 1])
        # Multiplying the smallest could overflow; dividing the largest can underflow only if the tile is not wide.
        return torch.amax(tiles, [0, 1]) / 16777216. > smallest

    # Full tiles by number, [M, M, T].
    def tiles(self, weight: Tensor, m: int, numbers: Tensor) -> Tensor:
        down, across, tap = self.places(weight, m, numbers)
        view = self.full_tiles(self.matrices(weight), m)
        return torch.contiguous(torch.to(torch.index(view, [None, None, down, across, tap]), 6))

    # Writes the masks of full tiles.
    def put_tiles(self, mask: Tensor, m: int, numbers: Tensor, kept: Tensor) -> Tensor:
        down, across, tap = self.places(mask, m, numbers)
        torch.index_put_(self.full_tiles(self.matrices(mask), m), [None, None, down, across, tap], kept)
        return mask

    def places(self, weight: Tensor, m: int, numbers: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        taps = torch.size(self.matrices(weight), 2)
        across = torch.size(weight, 1) // m
        tile = torch.floor_divide(numbers, taps)
        return (torch.floor_divide(tile, across), torch.remainder(tile, across), torch.remainder(numbers, taps))

    # Entropic optimal transport: the kept share of an entry is min(1, exp(sharpness * score + u + v)), with one u per
    # row and one v per column such that each row and column keeps n. Dykstra's method raises u and v in turns; the dual
    # of the limit 1 is the part that the minimum cuts off, and needs no array. The sharpness doubles from stage to
    # stage, and each stage starts from the u and v of the last one.
    def transport(self, tiles: Tensor, n: int, rounds: int) -> Tensor:
        m = torch.size(tiles, 0)
        largest = torch.amax(tiles, [0, 1])
        scores = tiles / torch.where(largest > 0, largest, torch.ones_like(largest))
        kept = torch.zeros_like(tiles, dtype=11)
        # The tiles that are not solved yet, and their scores.
        open = torch.arange(torch.size(tiles, 2), device=tiles.device)
        rest = scores
        u = torch.zeros([m, 1, torch.size(tiles, 2)], device=tiles.device)
        v = torch.zeros([1, m, torch.size(tiles, 2)], device=tiles.device)
        sharpness = 12.5
        for stage in range(5):
            if stage > 0:
                sharpness = 2. * sharpness
                u = 2. * u
                v = 2. * v
            exponent = sharpness * rest
            for round in range(rounds):
                share = torch.clamp_(torch.exp_(exponent + u + v), None, 1.)
                raised = n / torch.clamp(self.sum(share, 1), 1e-30)
                u = u + torch.log(raised)
                v = v + torch.log(n / torch.clamp(self.sum(torch.mul_(share, raised), 0), 1e-30))
            if stage >= 2:
                # If n shares in each row and column are above a half, no other choice keeps more, because the sum of u
                # and v is the same for all choices.
                above = exponent + u + v > -0.6931471805599453
                rows_full = torch.all(torch.eq(torch.sum(above, [1]), n), 0)
                columns_full = torch.all(torch.eq(torch.sum(above, [0]), n), 0)
                torch.index_copy_(kept, 2, open, above)
                left = torch.squeeze(torch.nonzero(torch.logical_not(rows_full & columns_full)), 1)
                open = torch.index_select(open, 0, left)
                rest = torch.index_select(rest, 2, left)
                u = torch.index_select(u, 2, left)
                v = torch.index_select(v, 2, left)
        if torch.size(open, 0) > 0:
            rounded = self.round(rest, rest + v / sharpness, n)
            torch.index_copy_(kept, 2, open, self.swap(rest, rounded))
        return kept

    # The sum over a dimension, which remains with size 1. Unlike torch.sum's, its order of addition does not depend on
    # the number of tiles or threads.
    def sum(self, x: Tensor, dim: int) -> Tensor:
        size = torch.size(x, dim)
        while size > 1:
            half = size // 2
            sums = torch.narrow(x, dim, 0, half) + torch.narrow(x, dim, half, half)
            if size % 2 == 1:
                torch.add_(torch.narrow(sums, dim, 0, 1), torch.narrow(x, dim, size - 1, 1))
            x = sums
            size = half
        return x

    # Keeps the n largest keys of each row, then moves entries from columns with too many to columns with too few, in
    # each tile the cheapest move first. While a column has too many entries, a move exists: some row has an entry in it
    # and none in a column with too few.
    def round(self, scores: Tensor, keys: Tensor, n: int) -> Tensor:
        m = torch.size(scores, 0)
        i = torch.arange(m, device=scores.device)
        # Equal keys are taken along a diagonal band, so that a tile of equal entries is right at once.
        distance = torch.remainder(torch.unsqueeze(i, 0) - torch.unsqueeze(i, 1), m)
        band = torch.unsqueeze(torch.to(distance < n, 6), 2)
        order = torch.argsort(keys + 1e-5 * band, stable=True, dim=1, descending=True)
        kept = torch.zeros_like(scores, dtype=11)
        torch.scatter_(kept, 1, torch.narrow(order, 1, 0, n), True)
        row_number = torch.unsqueeze(torch.unsqueeze(i, 1), 2)
        column_number = torch.unsqueeze(i, 1)
        moving = True
        while moving:
            # The condition is checked rarely, because the check has to wait for the device.
            for move in range(8):
                counts = torch.sum(kept, [0], True)
                may_go = kept & (counts > n)
                may_come = torch.logical_not(kept | (counts >= n))
                loss, going = torch.min(torch.masked_fill(scores, torch.logical_not(may_go), inf), 1)
                gain, coming = torch.max(torch.masked_fill(scores, torch.logical_not(may_come), -inf), 1)
                best, row = torch.max(gain - loss, 0, True)
                old = torch.gather(going, 0, row)
                new = torch.gather(coming, 0, row)
                change = torch.isfinite(best) & (torch.eq(column_number, old) | torch.eq(column_number, new))
                at_row = torch.eq(row_number, torch.unsqueeze(row, 1))
                kept = torch.logical_xor(kept, at_row & torch.unsqueeze(change, 0))
            moving = bool(torch.any(torch.sum(kept, [0]) > n))
        return kept

    # Exchanges entries between two rows in the same two columns, as long as that gains. Pairs of rows that have no row
    # in common are processed at once, as in a tournament.
    def swap(self, scores: Tensor, kept: Tensor) -> Tensor:
        m = torch.size(scores, 0)
        column_number = torch.unsqueeze(torch.unsqueeze(torch.arange(m, device=scores.device), 0), 2)
        # The tiles that changed in the last sweep.
        open = torch.arange(torch.size(scores, 2), device=scores.device)
        sweep = 0
        while torch.size(open, 0) > 0 and sweep < 20:
            rest = torch.index_select(scores, 2, open)
            before = torch.index_select(kept, 2, open)
            after = torch.clone(before)
            for day in range(m - 1 + m % 2):
                first, second = self.pairs(m, day)
                a = torch.tensor(first, dtype=4, device=scores.device)
                b = torch.tensor(second, dtype=4, device=scores.device)
                kept_a = torch.index_select(after, 0, a)
                kept_b = torch.index_select(after, 0, b)
                difference = torch.index_select(rest, 0, b) - torch.index_select(rest, 0, a)
                only_a = kept_a & torch.logical_not(kept_b)
                only_b = kept_b & torch.logical_not(kept_a)
                gain, to_b = torch.max(torch.masked_fill(difference, torch.logical_not(only_a), -inf), 1, True)
                loss, to_a = torch.min(torch.masked_fill(difference, torch.logical_not(only_b), inf), 1, True)
                # Scores are at most 1; smaller gains are rounding errors.
                change = (gain - loss > 1e-6) & (torch.eq(column_number, to_b) | torch.eq(column_number, to_a))
                torch.index_copy_(after, 0, a, torch.logical_xor(kept_a, change))
                torch.index_copy_(after, 0, b, torch.logical_xor(kept_b, change))
            sweep = sweep + 1
            torch.index_copy_(kept, 2, open, after)
            changed = torch.any(torch.any(torch.ne(before, after), 0), 0)
            open = torch.index_select(open, 0, torch.squeeze(torch.nonzero(changed), 1))
        return kept

    # The pairs of a day, such that each meets every other once in m - 1 days, or in m days if m is odd.
    def pairs(self, m: int, day: int) -> Tuple[List[int], List[int]]:
        days = m - 1 + m % 2
        first = annotate(List[int], [])
        second = annotate(List[int], [])
        # If m is even, the last one stays in place while the others rotate.
        if m % 2 == 0:
            first.append(day)
            second.append(m - 1)
        for k in range(1, (days + 1) // 2):
            first.append((day + k) % days)
            second.append((day - k + days) % days)
        return (first, second)
