# Run on each node, once nothing runs from the old images.
# ctr takes the old name away. containerd keeps the content that a container's snapshot holds.
set -euo pipefail
{attempt}
remove() { if [ -n "$(ctr --namespace k8s.io images list --quiet "name==$1")" ]; then ctr --namespace k8s.io images remove "$1"; fi; }
