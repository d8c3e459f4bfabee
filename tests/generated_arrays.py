"""The statements of random programs on parts of arrays and on matrices: a part of ``tests/generator.py``."""

from __future__ import annotations

from abc import abstractmethod

from tests.generated_parts import Parts


class Arrays(Parts):
    """Writes statements with matrices, views, masks, and parts that may be empty."""

    def __init__(self) -> None:
        super().__init__()
        self.matrices: list[str] = []  # of n rows and n columns

    @abstractmethod
    def tame_vector(self, expr: str) -> str: ...

    @abstractmethod
    def slice(self) -> str: ...

    @abstractmethod
    def target(self, names: list[str], stem: str) -> str: ...

    @abstractmethod
    def bind(self, name: str, names: list[str]) -> None: ...

    def arrays(self) -> list[str]:
        """The names of the methods that write a statement."""
        kinds = ["new_matrix", "new_matrix", "odd_part", "odd_part", "written_through", "cancelling", "cancelling"]
        return kinds + ["change_matrix", "change_matrix", "read_matrix", "read_matrix"] * bool(self.matrices)

    def new_matrix(self, depth: int) -> list[str]:
        name, a, b = self.target(self.matrices, "A"), self.vector(), self.vector()
        forms = [
            f"np.outer({a}, {b})",
            f"{a}[:, None] + {b}",
            "np.zeros((n, n))",
            f"np.stack([{a}] * n)",
            f"np.diag({a}) * {self.scalar(0)}",
            f"np.eye(n) * {a}",
            f"np.array([[{self.scalar(0)} * {a}[0]] * n] * n)",
        ]
        for other in self.matrices:
            forms += [f"np.tanh({other} @ {other})", f"{other}.T * {self.scalar(0)}", f"{other}.copy()", f"{other}.T"]
            forms += [f"np.where({other} > {self.scalar(0)}, {other}, {a})", other, f"{other}[::-1]"]
        line = f"{name} = {self.random.choice(forms)}"
        self.bind(name, self.matrices)
        return [line]

    def change_matrix(self, depth: int) -> list[str]:
        m, i, j = self.random.choice(self.matrices), self.index(), self.index()
        operator, row, k = self.random.choice(["=", "+=", "-=", "*="]), self.new("r"), self.new("k")
        return self.random.choice(
            [
                [f"{m}[{i}, {j}] {operator} {self.tame(self.scalar(1))}"],
                [f"{m}[{i}] {operator} {self.tame_vector(self.vector())}"],
                [f"{m}[:, {j}] {operator} {self.tame_vector(self.vector())}"],
                [f"{m}[{self.odd()}] {operator} {self.tame(self.scalar(0))}"],
                [f"{m}[{self.odd()}, {j}] {operator} {self.scalar(0)}"],
                [f"{m}[{i}, {self.odd()}] *= {self.scalar(0)}"],
                [f"{m} {operator} {self.tame_vector(self.random.choice(self.matrices))}"],
                [f"{m}[{m} > {self.scalar(0)}] {operator} {self.tame(self.scalar(0))}"],
                [f"{m}[1:, 1:] = 0.5 * ({m}[:-1, 1:] + {m}[1:, :-1])"],
                [f"{row} = {m}[{i}]", f"{row}[{j}] {operator} {self.tame(self.scalar(0))}"],
                [f"{row} = {m}.ravel()", f"{row}[{j}] {operator} {self.tame(self.scalar(0))}"],
                [f"{row} = {m}.reshape(-1)[1:]", f"{row} *= {self.scalar(0)}"],
                [f"{m}[{i}], {m}[{j}] = {m}[{j}].copy(), {m}[{i}].copy()"],
                [f"for {k} in range(n):", f"    {m}[{k}, {k}] {operator} {self.tame(self.scalar(0))}"],
                [f"for {k} in range(1, n):", f"    {m}[{k}] -= 0.3 * {m}[{k} - 1] * {m}[{k}, 0]"],
                [f"np.fill_diagonal({m}, {self.tame(self.scalar(0))})"],
            ]
        )

    def read_matrix(self, depth: int) -> list[str]:
        m, s, w = self.random.choice(self.matrices), self.random.choice(self.scalars), self.target(self.vectors, "w")
        numbers = [f"{m}[{self.index()}, {self.index()}]", f"np.trace({m})", f"{m}.max()", f"np.sum({m}[{self.odd()}])"]
        numbers += [f"{m}[{self.index()}].sum()", f"np.einsum('ij,j->', {m}, {self.vector()})", f"np.linalg.norm({m})"]
        reads = [f"{m} @ {self.vector()}", f"{self.vector()} @ {m}", f"{m}.sum(axis=0)", f"{m}.mean(axis=1)"]
        reads += [f"{m}[{self.index()}]", f"{m}[:, {self.index()}]", f"np.diag({m})", f"{m}.ravel()[:n]", f"{m}.T[0]"]
        reads += [f"({m} * {self.vector()})[-1]", f"{m}.max(axis=0)", f"np.einsum('ij->i', {m})", f"{m}[range(n), 0]"]
        if self.random.random() < 0.5:
            return [f"{s} = {self.tame(self.random.choice(numbers))}"]
        self.bind(w, self.vectors)
        return [f"{w} = {self.tame_vector(self.random.choice(reads))}"]

    def odd(self) -> str:
        """A slice that may be empty, of one element, or of another size each turn."""
        bounds = [f"{index}:" for index in self.indices] + [f":{index}" for index in self.indices]
        parts = [
            ":0",
            "2:2",
            ":1",
            "-1:",
            "3::-1",
            "-1:0:-2",
            "::3",
            "-2:",
            "1:-1:2",
            "n:",
            "-n:1",
            "n // 2:",
            "4:1",
            "2:3",
            "n:n + 1",
        ]
        return self.random.choice([*bounds, *bounds, *parts])

    def odd_part(self, depth: int) -> list[str]:
        """A part of an array of any size, also of none, that is read, written or walked."""
        a, b, s, part, e = self.vector(), self.vector(), self.random.choice(self.scalars), self.odd(), self.new("e")
        operator = self.random.choice(["=", "+=", "-=", "*="])
        return self.random.choice(
            [
                [f"{s} = {self.tame(f'np.sum({a}[{part}] * {b}[{part}])')}"],
                [f"{s} += 0.2 * {a}[{part}].sum()"],
                [f"{s} = {self.tame(f'{a}[{part}] @ {b}[{part}]')}"],
                [f"{a}[{part}] {operator} {self.tame(self.scalar(0))}"],
                [f"{a}[{part}] {operator} {self.tame_vector(f'{b}[{part}]')}"],
                [f"{a}[:1] {operator} {self.tame_vector(f'{b}[1:2]')}"],
                [f"{a} {operator} {b}[:1]" if operator != "=" else f"{a}[:] = {b}[:1]"],
                [f"for {e} in {a}[{part}]:", f"    {s} = math.sin({s} + {e})"],
                [f"if len({a}[{part}]) > 1:", f"    {s} *= {a}[{part}][-1]"],
                [f"{s} = {self.tame(f'sum({a}[{part}])')}"],
                [f"{a} = np.concatenate(({a}[1:], {b}[:1]))"],
                [f"{a} = np.append({b}[:-1], {self.scalar(0)})"],
                [f"{a} = np.roll({b}, 1) * {self.scalar(0)}"],
                [f"{a} = np.cumsum({b}) * 0.3"],
                [f"{s} = {self.tame(f'np.diff({a}) @ {b}[1:]')}"],
                [f"{a} = np.clip({b}, -1.1, {self.scalar(0)} + 3.0)"],
            ]
        )

    def cancelling(self, depth: int) -> list[str]:
        """What is normalised, bounded or divided by, so that its derivative has shorter forms; and may be written."""
        a, b, e, p, s = self.vector(), self.vector(), self.new("e"), self.new("p"), self.random.choice(self.scalars)
        x, y = self.scalar(0), self.scalar(1)
        lines = self.random.choice(
            [
                [f"{e} = np.exp({b} - np.max({b}))", f"{p} = {e} / {e}.sum()"],
                [f"{e} = 0.4 + {b} * {b}", f"{p} = {e} / np.sum({e})"],
                [f"{e} = 0.5 + np.abs({b})", f"{p} = {b} / {e}"],
                [f"{p} = np.clip({b} * {x}, -0.5, 0.5)"],
                [f"{p} = np.maximum({a} * {b} - 0.1, 0.0)"],
                [f"{p} = np.maximum({b}, 0.2)", f"{p} = {p} / np.mean({p})"],
            ]
        )
        uses = [
            f"{s} = {self.tame(f'np.sum({p} * np.log(0.3 + {p} * {p}))')}",
            f"{a} = {self.tame_vector(f'{p} * {b}')}",
            f"{a} = np.where({p} > 0.1, {p}, 0.3 * {a})",
            f"{p}[{self.index()}] = 0.7",
            f"{a} = np.exp(-({p} * {b}) ** 2)",
            f"{b} = np.tanh({a})",
            f"{a} = np.exp(-np.abs({a} + {p}))",
            f"{s} = {self.tame(f'(1.5 + {y} * {y}) ** (1 - {x}) / (1.1 + {x} * {x})')}",
            f"{s} = math.log((0.2 + {y} * {y}) / (0.3 + {x} * {x}))",
            f"{s} = max({s} * {x}, 0.1) * min({y}, 0.7)",
            f"{s} += 0.3 * np.sum(np.abs({p} - {a}))",
        ]
        logged = f"{s} = {self.tame(f'np.sum({e} * np.log({e}) - {e} * np.log({e} / (1.0 + {a} * {a})))')}"
        uses += [logged, logged] if len(lines) == 2 and lines[0].startswith(e) else []
        return lines + self.random.sample(uses, self.random.randint(2, 4))

    def written_through(self, depth: int) -> list[str]:
        """A view of a view that is written, while its array is bound to something else."""
        a, b, p, q, s = self.vector(), self.vector(), self.new("p"), self.new("q"), self.random.choice(self.scalars)
        lines = [f"{p} = {a}[1:]", f"{q} = {p}[{self.random.choice(['::2', '::-1', '1:', ':2'])}]"]
        writes = [
            f"{q}[0] = {self.tame(self.scalar(0))}",
            f"{q} *= {self.scalar(0)}",
            f"{p}[-1] += {q}[1] * {self.scalar(0)}",
            f"{a} = {self.tame_vector(b)}",
            f"{s} += 0.3 * {q}.sum()",
            f"{b}[{self.index()}] = {p}[2] * {self.scalar(0)}",
        ]
        return lines + self.random.sample(writes, self.random.randint(2, 4))

    def matrix(self, depth: int) -> list[str]:
        """A matrix of its own, written by rows, columns and elements, and read."""
        m, name = self.new("m"), self.target(self.vectors, "w")
        lines = [f"{m} = np.outer({self.vector()}, {self.vector()})"]
        writes = [
            f"{m}[{self.index()}, {self.index()}] = {self.scalar(1)}",
            f"{m}[{self.index()}] = {self.vector()}",
            f"{m}[:, {self.index()}] += {self.vector()}",
            f"{m}[1:, :-1] *= {self.scalar(0)}",
            f"{m} += {self.vector()}",
            f"{m}[::2] = {self.scalar(0)}",
        ]
        lines += self.random.sample(writes, self.random.randint(0, 3))
        reads = [f"{m} @ {self.vector()}", f"{m}.sum(axis=0)", f"{m}[{self.index()}] * {self.scalar(0)}"]
        reads += [f"{m}.T @ {self.vector()}", f"np.max({m}, axis=1)"]
        lines.append(f"{name} = np.tanh({self.random.choice(reads)})")
        self.bind(name, self.vectors)
        return lines

    def matrix_rows(self, depth: int) -> list[str]:
        """A matrix whose rows and columns are written as views."""
        m, row, name = self.new("m"), self.new("r"), self.target(self.vectors, "w")
        lines = [f"{m} = np.outer({self.vector()}, {self.vector()})"]
        body = [
            f"{row}[{self.index()}] = {self.tame(self.scalar(0))}",
            f"{row}[1:] *= {self.scalar(0)}",
            f"{row} += {self.vector()}",
            f"{m}[0, 1] += {row}[1]",
            f"relax({row}, {self.scalar(0)})",
        ]
        heads = [f"for {row} in {m}:", f"for {row} in {m}.T:", f"for {row} in {m}[1:]:"]
        picked = [f"    {line}" for line in self.random.sample(body, self.random.randint(1, 3))]
        lines += self.random.choice(
            [[self.random.choice(heads), *picked], [f"{row} = {m}.T[1]", *map(str.strip, picked)]]
        )
        lines += [f"{m}[1][2] -= {self.scalar(0)}", f"{name} = np.tanh({m} @ {self.vector()})"]
        self.bind(name, self.vectors)
        return lines

    def index_store(self, depth: int) -> list[str]:
        """A write through a mask or an integer array with duplicates, or of a whole array."""
        one, other, value = self.vector(), self.vector(), self.tame(self.scalar(1))
        masks = [f"{one} > {self.scalar(0)}", f"({one} > 0.1) & ({other} < {self.scalar(0)})", f"~({other} > 0.2)"]
        mask, many = (
            self.random.choice(masks),
            f"np.array([{self.random.choice(['0, 2, 0', '1, 1, 3', '2, -1, 0'])}])",
        )
        operator = self.random.choice(["=", "+=", "*=", "-="])
        return self.random.choice(
            [
                [f"{other}[{mask}] {operator} {value}"],
                [f"{other}[{mask}] {operator} {self.tame_vector(self.vector())}[{mask}]"],
                [f"{one}[{many}] {operator} {value}"],
                [f"{one}[{many}] {operator} 0.5 * {other}[{many}]"],
                [f"np.add.at({one}, {many}, {value})"],
                [f"np.add.at({one}, {many}, 0.5 * {other}[:3])"],
                [f"{one}.fill({value})"],
                [f"np.copyto({one}, {self.tame_vector(self.vector_expr(1))})"],
                [f"np.multiply({other}, {self.tame_vector(one)}, out={one})"],
                [f"np.subtract({one}[1:], {other}[:-1], out={one}[1:])", f"{one} *= 0.5"],
                [f"{one}[0] = {other}[:2] = {value}"],
                [f"{one}[..., {self.index()}] = {value}"],
                [f"{one}[:] = np.min({other})"],
            ]
        )

    def write_view(self, depth: int) -> list[str]:
        """A view that is written through, while its array is written as well."""
        part, base = self.new("p"), self.vector()
        writes = [
            f"{part}[0] = {self.tame(self.scalar(1))}",
            f"{part}[-1] += {self.scalar(0)}",
            f"{part} *= {self.scalar(0)}",
            f"{part}[:] = np.sin({part})",
            f"{base}[{self.index()}] = {self.tame(self.scalar(0))}",
            f"{self.random.choice(self.scalars)} = 0.3 * {part}.sum()",
            f"relax({part}, {self.scalar(0)})",
        ]
        return [f"{part} = {base}[{self.slice()}]", *self.random.sample(writes, self.random.randint(1, 4))]
