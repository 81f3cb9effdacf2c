# Run on each node, once nothing runs from the old images.
# What a container still has by its old name, running or ended, stays and is reported.
set -euo pipefail
{attempt}
remove() {
  local used
  docker image inspect "$1" >/dev/null 2>&1 || return 0
  used=$(docker ps --all --no-trunc --format '{{.Image}}') || return 1
  if grep --quiet --extended-regexp --line-regexp "$2" <<<"$used"; then printf '%s is in use\n' "$1" >&2; return 1; fi
  docker image rm "$1"
}
