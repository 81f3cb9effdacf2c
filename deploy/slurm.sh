#!/bin/bash
# A campaign's plan as an array of Slurm: each task takes the part that Slurm tells it, into one folder on a file system that all nodes share.
#
#   sbatch deploy/slurm.sh /shared/campaigns/bitnami
#
# Publishing is one command for one writer, afterwards: `sbatch --dependency=afterok:JOB --wrap "transship campaign -C FOLDER publish --wait"`.
#SBATCH --job-name=campaign-plan
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
#SBATCH --mem=1G
#SBATCH --time=02:00:00
set -u
folder=${1:?the folder of the campaign}
# 1 says that something would change.
transship campaign -C "$folder" plan --shard auto || [ $? -eq 1 ]
