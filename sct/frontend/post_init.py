"""Dataclasses with a ``__post_init__``: a function that makes one takes it apart, as it does other objects.

Before: ``p = P(x, k=2.0)`` with the fields ``x``, ``k`` and ``y: float = field(init=False)``.
After: ``p_x = x; p_k = 2.0``, and the statements of ``__post_init__``, which bind ``p_y``.
"""

from __future__ import annotations

import libcst as cst

from sct.frontend.classes import Field, is_no_parameter, record
from sct.frontend.objects import Objects
from sct.frontend.scopes import Instance
from sct.ir.nodes import Value

POST_INIT = "__post_init__"


class PostInit(Objects):
    """Makes objects of dataclasses."""

    def initialize(self, node: cst.Call, made: Instance) -> None:
        of = made.blueprint
        method = self.method_of(made.line, POST_INIT, node)
        if method is None or self.method_of(made.line, "__init__", node) is not None:
            super().initialize(node, made)
            return
        found = record(of.source, of.name)
        fields = {field.name: field for field in found.fields} if found is not None else {}
        taken = [field for field in fields.values() if not is_no_parameter(of.source, field.default)]
        params = [[_param(each) for each in taken if each.by_name == by_name] for by_name in (False, True)]
        parameters = cst.Parameters(params=params[0], kwonly_params=params[1])

        def default(param: cst.Param) -> Value:
            assert found is not None
            return self.default_of(node, found, fields[param.name.value])

        given = self.given(node, of.name, parameters, default)
        for name in fields:
            if given is None:
                self.env[made.key(name)] = self.undef()
            elif name in given:
                self.env[made.key(name)] = given[name]
        call = cst.Call(cst.Name(POST_INIT))
        self.source.adopt(call, node, self.stmt)
        self.call_function(call, method, "method", made)


def _param(field: Field) -> cst.Param:
    return cst.Param(cst.Name(field.name), default=field.default)
