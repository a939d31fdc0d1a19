# Samples output gradients to 2:4 along their rows, without bias and with the least variance. TorchScript, in the form in
# which PyTorch stores it: type names are numbers (4 int64, 7 float64), and no functions outside the class.
#
# Sums are written out, entry by entry, because PyTorch's own sum adds in an order that depends on the position of a
# number and on the number of threads.
class GradientSample(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # dY, [.., out], with at most two nonzero entries of each four rows of an output. "numbers" are the key of the random
    # numbers, and how many groups of four to process at a time, which does not affect the result.
    def sample(self, dy: Tensor, numbers: Tensor) -> Tensor:
        rows = torch.reshape(torch.detach(dy), [-1, torch.size(dy, -1)])
        key = int(torch.select(numbers, 0, 0))
        at_once = int(torch.select(numbers, 0, 1))
        return torch.reshape(self.sample_rows(rows, key, at_once), torch.size(dy))

    # The same for images, [batch, out, ..], whose pixels are the rows.
    def sample_channels(self, dy: Tensor, numbers: Tensor) -> Tensor:
        last = torch.movedim(dy, 1, -1)
        return torch.contiguous(torch.movedim(self.sample(last, numbers), -1, 1))

    def sample_rows(self, rows: Tensor, key: int, at_once: int) -> Tensor:
        result = torch.empty(torch.size(rows), dtype=rows.dtype, device=rows.device)
        columns = torch.size(rows, 1)
        step = max(1, at_once // columns)
        groups = (torch.size(rows, 0) + 3) // 4
        for first in range(0, groups, step):
            count = min(step, groups - first)
            n = min(4 * count, torch.size(rows, 0) - 4 * first)
            part = torch.to(torch.narrow(rows, 0, 4 * first, n), 7)
            if n < 4 * count:
                part = torch.constant_pad_nd(part, [0, 0, 0, 4 * count - n])
            points = torch.reshape(self.uniform(key, first * columns, count * columns, part), [count, columns])
            sampled = self.sample_groups(torch.unbind(torch.reshape(part, [count, 4, columns]), 1), points)
            flat = torch.reshape(torch.stack(sampled, 1), [4 * count, columns])
            torch.copy_(torch.narrow(result, 0, 4 * first, n), torch.narrow(flat, 0, 0, n))
        return result

    # Samples groups of four entries: one array for each of the four. An entry is drawn with the probability min(1, c
    # |entry|), where c is such that these sum to two, and is divided by its probability. If an entry is as large as the
    # sum of the others, it is certain, and one of the others is drawn. Otherwise no probability exceeds one.
    #
    # The probabilities are laid end to end, on a line of length two. The entries at a random point below one, and at
    # the same point plus one, are drawn. No entry is longer than one, so these are two entries, or fewer if fewer are
    # nonzero.
    def sample_groups(self, entries: List[Tensor], point: Tensor) -> List[Tensor]:
        sizes = annotate(List[Tensor], [])
        for i in range(4):
            torch.append(sizes, torch.abs(entries[i]))
        largest = torch.maximum(torch.maximum(sizes[0], sizes[1]), torch.maximum(sizes[2], sizes[3]))
        # The first of the largest entries, and the sum of the others, exact if it has one term.
        leads = annotate(List[Tensor], [])
        found = torch.zeros_like(largest, dtype=11)
        rest = torch.zeros_like(largest)
        for i in range(4):
            equal = torch.eq(sizes[i], largest)
            lead = equal & torch.bitwise_not(found)
            found = found | equal
            rest = rest + torch.where(lead, 0., sizes[i])
            torch.append(leads, lead)
        total = largest + rest
        finite = torch.isfinite(total)
        certain = torch.ge(largest, rest)
        # 1 / c: the magnitude of all entries that are drawn but are not certain.
        scale = torch.where(certain, rest, torch.mul(total, 0.5))
        divisor = torch.where(torch.gt(scale, 0), scale, 1.)
        end = torch.zeros_like(largest)
        passed = torch.zeros_like(largest)
        result = annotate(List[Tensor], [])
        for i in range(4):
            whole = certain & leads[i]
            # Rounding must not make the line longer than two.
            end = torch.clamp_max(end + torch.where(whole, 1., sizes[i] / divisor), 2.)
            reached = torch.ceil(end - point)
            value = torch.where(whole, entries[i], torch.sign(entries[i]) * scale)
            drawn = torch.where(torch.gt(reached, passed), value, 0.)
            # A gradient that is not finite must remain so, whatever is drawn.
            torch.append(result, torch.where(finite, drawn, entries[i]))
            passed = reached
        return result

    # Uniform numbers from 0 up to but not including 1, in float64: numbers first + 1 to first + count of the sequence of
    # SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators") that begins at the key.
    # Products wrap around.
    def uniform(self, key: int, first: int, count: int, like: Tensor) -> Tensor:
        index = torch.arange(first + 1, first + count + 1, dtype=4, device=like.device)
        z = torch.add(torch.mul(index, -7046029254386353131), key)
        z = torch.mul(torch.bitwise_xor(z, self.shifted(z, 30, 17179869183)), -4658895280553007687)
        z = torch.mul(torch.bitwise_xor(z, self.shifted(z, 27, 137438953471)), -7723592293110705685)
        z = torch.bitwise_xor(z, self.shifted(z, 31, 8589934591))
        return torch.mul(torch.to(self.shifted(z, 11, 9007199254740991), 7), 1.1102230246251565e-16)

    # z shifted to the right, with zeros from the left: the mask has the remaining bits.
    def shifted(self, z: Tensor, bits: int, mask: int) -> Tensor:
        return torch.bitwise_and(torch.bitwise_right_shift(z, bits), mask)
