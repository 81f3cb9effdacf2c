# Run on a manager node, in a maintenance window, once the copies are made. Stop the manager before and start it after.
# Managers that keep their registries in the database (container_registries) take these values there instead of etcd.
# Projects that a registry has already are kept beside those of this plan; registry-config.json alone would replace them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
projects() {
  known=$(backend.ai mgr etcd get "config/docker/registry/$1/project" || true)
  tr , '\n' <<<"$known,$2" | sed '/^$/d' | sort --unique | paste --serial --delimiters ,
}
