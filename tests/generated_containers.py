"""The statements of random programs that make, change and read containers: a part of ``tests/generator.py``."""

from __future__ import annotations

from abc import abstractmethod

from tests.generated_parts import Parts

HEAD = """@dataclass
class State:
    q: float
    w: np.ndarray
    p: float = 0.5

    def force(self, s, k=0.3):
        if self.q > s:
            return k * math.sin(self.q)
        return self.drag * s - self.w[1]

    @property
    def drag(self):
        return self.p * self.w.sum()

    def moved(self, s):
        return State(self.q + s, self.w * math.sin(self.p), p=self.force(s))

    def push(self, w, k):
        w[k] = self.p * w[k] + self.q
        return w[k] * self.w[0]


class Point(NamedTuple):
    a: float
    b: float = 0.25

    def dot(self, other):
        return self.a * other.a + self.b * other.b


def kinetic(state):
    return 0.5 * state.p * state.p + math.sin(state.q) * state.w[0]


def kicked(state, s):
    p = state.p - s * math.sin(state.q)
    return State(state.q + s * p, state.w * s, p=p)


def evaluated(coefficients, t):
    total = 0.0
    for c in reversed(coefficients):
        total = total * math.sin(t) + c
    return total


def layered(params, t):
    for w, b in params["layers"]:
        t = math.tanh(w[0] * t + w.sum() * b)
    return t * params["scale"]


def collected(w, s):
    found = []
    for e in w:
        if e > s:
            found.append(e * s)
    found.append(s)
    return found


"""


class Containers(Parts):
    """Writes statements with lists, tuples, dicts, named tuples and dataclasses."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: list[str] = []  # of scalars, and of two at least
        self.rows: list[str] = []  # of vectors
        self.records: list[str] = []  # pairs of a scalar and a vector
        self.dicts: list[str] = []
        self.states: list[str] = []

    @abstractmethod
    def of(self, a: str, b: str) -> str: ...

    @abstractmethod
    def condition(self) -> str: ...

    def containers(self) -> list[str]:
        """The names of the methods that write a statement."""
        kinds = ["new_list", "new_rows", "new_records", "new_dict", "new_state", "nested", "generator_call"]
        kinds += ["change_list", "read_list", "read_list"] * bool(self.lists)
        kinds += ["change_rows", "read_rows"] * bool(self.rows)
        kinds += ["read_records"] * bool(self.records)
        kinds += ["use_dict", "use_dict"] * bool(self.dicts)
        kinds += ["use_state", "use_state"] * bool(self.states)
        return kinds

    def some(self) -> str:
        return self.random.choice(self.scalars)

    def made(self, names: list[str], stem: str, value: str) -> list[str]:
        name = self.new(stem)
        names.append(name)
        return [f"{name} = {value}"]

    def new_list(self, depth: int) -> list[str]:
        a, b, e, k = self.scalar(1), self.scalar(0), self.new("e"), self.new("k")
        forms = [
            f"[{a}, {b}]",
            f"[{a}, {b}, {self.scalar(0)}]",
            f"[{self.tame(self.of(e, e))} for {e} in {self.vector()}]",
            f"[{self.of(e, e)} * {k} for {k}, {e} in enumerate({self.vector()})]",
            f"[{b}, {a}] + [{e} for {e} in {self.vector()} if {e} > {self.scalar(0)}]",
            f"[{b}] * 3",
            f"list({self.vector()})",
            f"collected({self.vector()}, {b}) + [{a}]",
            f"[{self.scalar(0)} * {k} for {k} in range(n)]",
            f"[{e} * {k} for {e} in ({a}, {b}) for {k} in range(2)]",
            f"list(map(math.sin, {self.vector()}))",
        ]
        forms += [f"[{self.of(e, e)} for {e} in {xs}]" for xs in self.lists]
        forms += [f"{xs}[:2] + {self.random.choice(self.lists)}" for xs in self.lists]
        forms += [f"{xs}.copy()" for xs in self.lists]
        return self.made(self.lists, "xs", self.random.choice(forms))

    def change_list(self, depth: int) -> list[str]:
        xs, value = self.random.choice(self.lists), self.tame(self.scalar(1))
        place = self.random.choice(["0", "1", "-1", f"len({xs}) - 1"])
        return self.random.choice(
            [
                [f"{xs}.append({value})"],
                [f"{xs}.extend([{value}, {self.scalar(0)}])"],
                [f"{xs}[{place}] = {value}"],
                [f"{xs}[{place}] += {self.scalar(0)}"],
                [f"{xs}[{place}] *= {self.tame(self.scalar(0))}"],
                [f"if len({xs}) > 2:", f"    {self.some()} = {xs}.pop()"],
                [f"if len({xs}) > 2:", f"    {self.some()} += math.sin({xs}.pop(-1))"],
                [f"{xs}.extend({self.vector()} * 0.5)"],
                [f"{xs} += [{value}]"],
                [f"{xs}.append({xs}[-1] * {self.scalar(0)})"],
                [f"{xs} = [{value}] + {xs}[1:]"],
                [f"{xs}[0], {xs}[1] = {xs}[1], {xs}[0] * {self.scalar(0)}"],
                [f"for k in range(len({xs})):", f"    {xs}[k] = math.sin({xs}[k]) * {self.scalar(0)}"],
            ]
        )

    def read_list(self, depth: int) -> list[str]:
        xs, target, e, k = self.random.choice(self.lists), self.some(), self.new("e"), self.new("k")
        other = self.vector()
        reads = [
            f"sum({xs})",
            f"max({xs})",
            f"min({xs}) * {self.scalar(0)}",
            f"{xs}[0] * {xs}[-1]",
            f"evaluated({xs}, {self.scalar(0)})",
            f"sum({self.of(e, e)} for {e} in {xs})",
            f"sum([{e} * {k} for {k}, {e} in enumerate({xs})])",
            f"sum({e} * {k} for {e}, {k} in zip({xs}, {other}))",
            f"sum({xs}, {self.scalar(0)})",
            f"np.array({xs}).sum()",
            f"np.sum(np.array({xs}) ** 2)",
            f"({self.scalar(0)} if all({e} > -2.0 for {e} in {xs}) else {xs}[0])",
            f"({self.scalar(0)} if any({e} > {self.scalar(0)} for {e} in {xs}) else {xs}[1])",
        ]
        loop = [
            f"for {e} in {xs}:",
            f"    {target} += math.sin({e} * {self.scalar(0)})",
            *self.random.sample([f"    {other}[1] = {e} * 0.5", f"    if {e} < {self.scalar(0)}:\n        break"], 1),
        ]
        lines = [line for part in loop for line in part.split("\n")]
        return lines if self.random.random() < 0.3 else [f"{target} = {self.tame(self.random.choice(reads))}"]

    def new_rows(self, depth: int) -> list[str]:
        e, k = self.new("e"), self.new("k")
        forms = [
            f"[{self.vector_expr(1)} * 0.5, {self.vector()}.copy()]",
            f"[{self.vector()} * {k} for {k} in range(3)]",
            f"[np.tanh({self.vector()} * {e}) for {e} in ({self.scalar(0)}, {self.scalar(0)})]",
            f"[{e}.copy() for {e} in ({self.vector()}, {self.vector()})]",
        ]
        for ws in self.rows:
            forms += [f"[np.sin({e}) for {e} in {ws}]", f"[{e} for {e} in {ws}]", f"list({ws})", f"{ws}[:]"]
            forms += [f"{ws}.copy()", f"{ws} + [{self.vector()} * 0.5]", f"[{self.vector()} * 0.5, *{ws}]"]
        return self.made(self.rows, "ws", self.random.choice(forms))

    def change_rows(self, depth: int) -> list[str]:
        ws, place = self.random.choice(self.rows), self.random.choice(["0", "1", "-1"])
        return self.random.choice(
            [
                [f"{ws}.append(np.sin({self.vector_expr(1)}))"],
                [f"{ws}[{place}] = np.tanh({self.vector_expr(1)})"],
                [f"{ws}[{place}] = {ws}[{place}] * {self.scalar(0)}"],
                [f"if len({ws}) > 2:", f"    {self.random.choice(self.vectors)} = {ws}.pop().copy()"],
            ]
        )

    def read_rows(self, depth: int) -> list[str]:
        ws, e, target = self.random.choice(self.rows), self.new("e"), self.some()
        reads = [
            f"{ws}[0] @ {ws}[-1]",
            f"sum({e}.sum() for {e} in {ws})",
            f"sum({e}[0] * {e}[1] for {e} in {ws})",
            f"np.sum({ws}[1] * {self.vector()})",
            f"{ws}[0][1]",
            f"max([{e}[1] for {e} in {ws}])",
        ]
        loops = [f"for {e} in {ws}:", f"    {target} += math.sin({e} @ {self.vector()})"]
        return loops if self.random.random() < 0.4 else [f"{target} = {self.tame(self.random.choice(reads))}"]

    def new_records(self, depth: int) -> list[str]:
        e, k = self.new("e"), self.new("k")
        forms = [f"[({e}.sum(), {e}) for {e} in {ws}]" for ws in self.rows]
        forms += [f"[({k}, {e} * {k}) for {k}, {e} in {ps}]" for ps in self.records]
        forms += [
            f"[({self.scalar(0)}, {self.vector()} * 0.5), ({self.scalar(1)}, {self.vector()}.copy())]",
            f"[({e}, {self.vector()} * {e}) for {e} in {self.vector()}]",
            f"[({self.of(e, e)}, np.sin({self.vector()})) for {e} in ({self.scalar(0)}, {self.scalar(1)})]",
        ]
        return self.made(self.records, "ps", self.random.choice(forms))

    def read_records(self, depth: int) -> list[str]:
        ps, a, w, target = self.random.choice(self.records), self.new("a"), self.new("w"), self.some()
        return self.random.choice(
            [
                [f"for {a}, {w} in {ps}:", f"    {target} += math.sin({a} * {w}[0])"],
                [f"{target} = {self.tame(f'sum({a} * {w}.sum() for {a}, {w} in {ps})')}"],
                [f"{a}, {w} = {ps}[-1]", f"{target} = {a} * 0.5 + {w}[1]"],
                [f"{target} = {ps}[0][0] * {self.scalar(0)} + {ps}[1][1][2]"],
                [f"{ps}.append(({self.scalar(0)}, np.sin({self.vector()})))"],
            ]
        )

    def new_dict(self, depth: int) -> list[str]:
        value = f'{{"a": {self.scalar(1)}, "b": {self.scalar(0)}}}'
        if self.random.random() < 0.3:
            value = f"dict(a={self.scalar(1)}, b={self.scalar(0)})"
        return self.made(self.dicts, "d", value)

    def use_dict(self, depth: int) -> list[str]:
        d, target, k, e = self.random.choice(self.dicts), self.some(), self.new("k"), self.new("e")
        label = self.random.choice(["a", "b"])
        return self.random.choice(
            [
                [f'{d}["{label}"] = {self.tame(self.scalar(1))}'],
                [f'{d}["{label}"] += {self.scalar(0)}'],
                [f'{d}["{label}"] *= math.sin({self.scalar(0)})'],
                [f'{target} = {d}["{label}"] * {self.scalar(0)}'],
                [f"{target} = {self.tame(f'sum({d}.values())')}"],
                [f"for {k}, {e} in {d}.items():", f"    {target} += {e} * 0.5"],
                [f"for {k} in {d}:", f"    {target} = math.sin({d}[{k}]) + {target}"],
            ]
        )

    def new_state(self, depth: int) -> list[str]:
        forms = [
            f"State({self.scalar(1)}, {self.vector()}.copy())",
            f"State({self.scalar(0)}, p={self.scalar(0)}, w=np.sin({self.vector()}))",
        ]
        forms += [f"kicked({state}, {self.scalar(0)})" for state in self.states]
        forms += [f"{state}.moved({self.scalar(0)})" for state in self.states]
        return self.made(self.states, "st", self.random.choice(forms))

    def use_state(self, depth: int) -> list[str]:
        state, target = self.random.choice(self.states), self.some()
        return self.random.choice(
            [
                [f"{target} = {self.tame(f'kinetic({state})')}"],
                [f"{state}.q = {self.tame(self.scalar(1))}"],
                [f"{state}.p += {self.scalar(0)}"],
                [f"{state}.q, {state}.p = {state}.p, {self.tame(f'{state}.q')}"],
                [f"{state}.w = np.tanh({self.vector_expr(1)})"],
                [f"{state}.w[{self.index()}] = {self.tame(self.scalar(0))}"],
                [f"{state}.w[1:] *= {self.scalar(0)}"],
                [f"{state}.w += {self.vector()}"],
                [f"relax({state}.w, {state}.q)"],
                [f"{target} += {state}.w @ {self.vector()}"],
                [f"{target} = {state}.q * {state}.w[1] - {state}.p"],
                [f"{state} = kicked({state}, {self.scalar(0)})"],
                [f"{state} = {state}.moved({self.scalar(0)}).moved({self.scalar(0)})"],
                [f"{target} = {self.tame(f'{state}.force({self.scalar(1)}) * {state}.drag')}"],
                [f"{target} += {state}.force(k={self.scalar(0)}, s={self.scalar(0)})"],
                [f"{target} = {self.tame(f'{state}.push({self.vector()}, {self.index()})')}"],
            ]
        )

    def nested(self, depth: int) -> list[str]:
        """Containers in containers, made and read at once."""
        name, target, a, b = self.new("c"), self.some(), self.new("a"), self.new("b")
        layers = f"[({self.vector()}, {self.scalar(0)}), ({self.vector()} * 0.5, {self.scalar(0)})]"
        return self.random.choice(
            [
                [
                    f'{name} = {{"layers": {layers}, "scale": {self.scalar(0)}}}',
                    f"{target} = layered({name}, {self.scalar(1)})",
                ],
                [
                    f"{name} = [Point({self.scalar(1)}), Point(b={self.scalar(0)}, a={self.scalar(0)})]",
                    f"{target} = {self.tame(f'sum({a}.a * {a}.b - {a}.dot({name}[0]) for {a} in {name})')}",
                ],
                [
                    f"{name} = (({self.scalar(0)}, {self.scalar(1)}), [{self.scalar(0)}, {self.scalar(0)}])",
                    f"({a}, {b}), ({target}, *_) = {name}",
                    f"{target} = {a} * {target} - {b} * {name}[1][1]",
                ],
                [
                    f"{name} = [[{self.scalar(0)}, {a}] for {a} in {self.vector()}]",
                    f"{target} = {self.tame(f'sum({a}[0] * {a}[1] for {a} in {name})')}",
                ],
                [
                    f"{name} = Point(*({self.scalar(0)}, {self.scalar(1)}))",
                    f"{a}, {b} = {name}",
                    f"{target} = math.sin({a} * {name}.b) + {b}",
                ],
            ]
        )

    def generator_call(self, depth: int) -> list[str]:
        """A function of a generator."""
        e, b, target = self.new("e"), self.new("b"), self.some()
        source = self.random.choice([self.vector(), f"{self.vector()}[1:]", f"np.sin({self.vector()})"])
        name = self.random.choice(["sum", "max", "min"])
        return self.random.choice(
            [
                [f"{target} = {self.tame(f'{name}({self.of(e, e)} for {e} in {source})')}"],
                [f"{target} += 0.1 * sum({e} * {b} for {e} in {source} for {b} in ({self.scalar(0)}, {e}))"],
                [f"{target} = {self.tame(f'sum({e} for {e} in {source} if {e} > {self.scalar(0)})')}"],
            ]
        )
