"""Backward and a fused optimizer's step without what torch does around their kernels.

Of a small model's step on the CPU a quarter goes into what is the same at each step: whether the
loss is a nested or a symbolic tensor, whether autograd logs, which parameters share a device and a
type. Here that is asked in a few words; whatever is unusual goes torch's own way. The numbers are
torch's to the last bit.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Variable
from torch.optim import Optimizer

ENGINE: Any = Variable._execution_engine
SGD_SETTINGS = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")
ADAM_STATES = ("exp_avg", "exp_avg_sq", "step")
ADAM_SETTINGS = ("lr", "weight_decay", "eps", "amsgrad", "maximize")


def backward(loss: Tensor) -> None:
    """`loss.backward()`."""
    is_number = type(loss) is Tensor and loss.dim() == 0 and loss.is_floating_point()
    if not (is_number and loss.is_cpu and loss.requires_grad):
        loss.backward()
        return
    ENGINE.run_backward(
        (loss,),
        (torch.ones_like(loss),),
        False,
        False,
        (),
        allow_unreachable=True,
        accumulate_grad=True,
    )


def sgd_step(optimizer: Optimizer) -> bool:
    """The step of a fused `torch.optim.SGD`; False, and nothing done, where it is not a usual one.

    With momentum the first one is not: it makes the state.
    """
    gradients = _gradients(optimizer)
    if gradients is None:
        return False
    group = optimizer.param_groups[0]
    parameters = group["params"]
    has_momentum = group["momentum"] != 0
    buffers = _states(optimizer, parameters, "momentum_buffer") if has_momentum else []
    if buffers is None:
        return False
    torch._fused_sgd_(
        parameters,
        gradients,
        buffers,
        is_first_step=False,
        **{name: group[name] for name in SGD_SETTINGS},
    )
    return True


def adam_step(optimizer: Optimizer) -> bool:
    """The same of a fused `torch.optim.Adam` or `AdamW`, without `amsgrad`; the first makes the
    state."""
    gradients = _gradients(optimizer)
    if gradients is None:
        return False
    group = optimizer.param_groups[0]
    parameters = group["params"]
    means, squares, steps = (_states(optimizer, parameters, name) for name in ADAM_STATES)
    if means is None or squares is None or steps is None:
        return False
    torch._foreach_add_(steps, 1)
    beta1, beta2 = group["betas"]
    step = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
    step(
        parameters,
        gradients,
        means,
        squares,
        [],
        steps,
        beta1=beta1,
        beta2=beta2,
        **{name: group[name] for name in ADAM_SETTINGS},
    )
    return True


def _states(optimizer: Optimizer, parameters: list[Tensor], name: str) -> list[Tensor] | None:
    """What the optimizer keeps of each parameter; None where it has not seen them all."""
    states = [optimizer.state.get(p, {}).get(name) for p in parameters]
    return None if any(state is None for state in states) else states


def _gradients(optimizer: Optimizer) -> list[Tensor] | None:
    """Those of all parameters; None where they are not dense ones of one type on the CPU, or the
    parameters not one group."""
    group, *others = optimizer.param_groups
    if others:
        return None
    parameters = group["params"]
    gradients = [p.grad for p in parameters]
    dtype = parameters[0].dtype
    for gradient in gradients:
        if gradient is None or not gradient.is_cpu or gradient.dtype is not dtype:
            return None
        if gradient.layout is not torch.strided:
            return None
    return gradients
