#!/bin/bash
# Checked: run for real, on a cluster of one node with ray[default].
#
#   examples/cluster/submit.sh HEAD my_task.py s3://BUCKET/runs
#
# From a machine that only reaches the dashboard's port, 8265. The directory of the task is sent to
# the cluster; the search runs there, and goes on when this terminal is closed.
set -euo pipefail
address=http://$1:8265 task=$2 runs=$3

export RAY_AUTH_MODE=token   # its token: RAY_AUTH_TOKEN, or the file ~/.ray/auth_token
ray job submit --address "$address" --working-dir "$(dirname "$task")" \
  -- flatbasin --task "$(basename "$task")" --samples 500 --quiet --runs-dir "$runs"
