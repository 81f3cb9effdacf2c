# Run on each node, once nothing runs from the old images.
# What a container still has by its old name, running or ended, stays and is reported.
set -euo pipefail
{attempt}
remove() {
  local containers used
  crictl inspecti --quiet "$1" >/dev/null 2>&1 || return 0
  containers=$(crictl ps --all --output json) || return 1
  if grep --quiet --extended-regexp '"userSpecifiedImage": *"[^"]' <<<"$containers"; then
    used=$(grep --max-count=1 --extended-regexp "\"(userSpecifiedImage|image)\": *\"$2\"" <<<"$containers") || true
  else
    used=$(crictl ps --all --quiet --image "$1") || return 1
  fi
  if [ -n "$used" ]; then printf '%s is in use\n' "$1" >&2; return 1; fi
  crictl rmi "$1"
}
# crictl removes an image under all its names. A copy is the same image, so the new names are pulled again.
