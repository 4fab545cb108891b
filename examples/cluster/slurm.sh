#!/bin/bash
# Checked: run on one node, with a stand-in for `srun`. Not checked: under Slurm.
#
#   sbatch examples/cluster/slurm.sh
#
# `ray symmetric-run` starts Ray on every node of the allocation, runs the search on the first, and
# stops Ray on all of them when it ends: with `ray stop`, so let no other Ray run there (--exclusive).
# The runs directory is on a file system that all nodes share.
#SBATCH --job-name=flatbasin
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --exclusive
#SBATCH --time=04:00:00
set -euo pipefail

source .venv/bin/activate
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN="${RAY_AUTH_TOKEN:-$(openssl rand -hex 32)}"
export RAY_USAGE_STATS_ENABLED=0
port=$((20000 + SLURM_JOB_ID % 10000))
head=$(srun --nodes=1 --ntasks=1 --relative=0 hostname --ip-address | cut -d' ' -f1)

srun --kill-on-bad-exit=1 \
  ray symmetric-run --address "$head:$port" --min-nodes "$SLURM_NNODES" \
  --num-cpus="$SLURM_CPUS_PER_TASK" --temp-dir="/tmp/ray-$SLURM_JOB_ID" \
  -- flatbasin --task my_task.py --samples 500 --address "$head:$port" --quiet \
  --runs-dir "$SLURM_SUBMIT_DIR/runs" --name "job-$SLURM_JOB_ID"
