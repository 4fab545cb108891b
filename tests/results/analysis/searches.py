"""Searches whose truth is known, written line by line."""

import math

SIZES = [16, 32, 64, 128, 256]


def loss_at(config, rng, best=0.02):
    off = math.log10(config["lr"] / best)
    return 0.1 * math.exp(0.6 * off**2 + rng.normal(0, 0.03))


def curve_to(end, epochs=9):
    return [end * (1 + 4 * math.exp(-epoch)) for epoch in range(1, epochs + 1)]


def search(written, rng, num=40, best=0.02):
    """Full-length trials all over the space."""
    for place in range(num):
        config = {"lr": float(10 ** rng.uniform(-4, 0)), "batch_size": SIZES[place % 5]}
        written.trial(f"s{place:05d}", config, curve_to(loss_at(config, rng, best)))


def confirm(written, rng, config, num=3):
    plan = [
        {"trial_id": f"c{place:05d}", "seed": place, "config": config, "role": "seed"}
        for place in range(num)
    ]
    written.line("stage", stage="confirm", trials=plan)
    for trial in plan:
        losses = curve_to(loss_at(config, rng))
        written.trial(trial["trial_id"], config, losses, stage="confirm", seed=trial["seed"])


def codes(found):
    return {warning.code for warning in found.warnings}
