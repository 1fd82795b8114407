"""Full attention for training on a CPU, one head of one window at a time.

The score matrix of one head then stays in the processor's cache. With bfloat16 and heads of 32 dimensions this took a
quarter of the time of `scaled_dot_product_attention`, forward and back, at 548 positions on one core.
"""

from typing import Any

import torch
from torch import Tensor


class CachedAttention(torch.autograd.Function):
    """softmax(q kᵀ / √d + bias) v for q, k, v of (heads, length, d) and a bias of (length,) that is not learnt."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        """The attended values, (heads, length, d)."""
        out, scale = torch.empty_like(v), q.shape[-1] ** -0.5
        weights = []
        for head in range(len(q)):
            weights.append(torch.addmm(bias[None], q[head], k[head].t(), alpha=scale).softmax(-1))
            torch.mm(weights[-1], v[head], out=out[head])
        ctx.save_for_backward(q, k, v, *weights)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Gradients of q, k and v."""
        q, k, v, *weights = ctx.saved_tensors
        (upstream,) = (gradient.contiguous() for gradient in gradients)
        to_q, to_k, to_v = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
        for head, weight in enumerate(weights):
            torch.mm(weight.t(), upstream[head], out=to_v[head])
            to_weight = torch.mm(upstream[head], v[head].t())
            to_score = torch._softmax_backward_data(to_weight, weight, -1, weight.dtype)
            torch.mm(to_score, k[head], out=to_q[head])
            torch.mm(to_score.t(), q[head], out=to_k[head])
        scale = q.shape[-1] ** -0.5
        return to_q * scale, to_k * scale, to_v, None


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    """Attention over (batch, heads, length, d), with `bias` (length,) added for each key."""
    flat = (x.flatten(0, 1).contiguous() for x in (q, k, v))
    attended: Tensor = CachedAttention.apply(*flat, bias.to(q.dtype))  # type: ignore[no-untyped-call] # torch has none
    return attended.view(q.shape)
