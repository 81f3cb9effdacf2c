# Run on each node, once the copies are made. ctr does not read containerd's configuration:
# TRANSSHIP_HOSTS_DIR names a folder of HOST/hosts.toml, such as /etc/containerd/certs.d, where certificate authorities stand, and the
# variables in the commands below a user and a password, which others on the machine see while it pulls.
set -euo pipefail
{attempt}
hosts=(); if [ -n "${TRANSSHIP_HOSTS_DIR:-}" ]; then hosts=(--hosts-dir "$TRANSSHIP_HOSTS_DIR"); fi
pull() {
  local user=()
  if [ -n "${!1:-}" ]; then user=(--user "${!1}:${!2:-}"); fi
  ctr --namespace k8s.io images pull ${hosts[@]+"${hosts[@]}"} ${user[@]+"${user[@]}"} "${@:4}" "$3"
}
