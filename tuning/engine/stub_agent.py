"""A program in the place of Ray's dashboard agent, on a machine without a dashboard.

A raylet starts one and waits until it has written its ports. Ray's own takes 0.6 s of CPU to import
what it then does not serve; the ports are those that it writes in its minimal installation.
"""

from __future__ import annotations

import sys
from pathlib import Path

PORTS = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port")
NO_SERVICE = "-1"


def main(arguments: list[str]) -> None:
    """`arguments` are those of Ray's own. It ends as the raylet does, which holds its stdin."""
    given = dict(
        argument.removeprefix("--").split("=", 1) for argument in arguments if "=" in argument
    )
    for port in PORTS:
        file = Path(given["session-dir"], f"{port}_{given['node-id']}")
        part = file.with_suffix(".part")
        part.write_text(NO_SERVICE)
        part.rename(file)  # whoever waits for it finds it whole
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
