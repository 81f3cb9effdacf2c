# Copies images with all their platforms and keeps their digests; tags are those of the moment it runs.
# Log in first where needed (skopeo login): {domains}
# or set TRANSSHIP_AUTHFILE to a file that skopeo login has written.
# Certificate authorities of your own: /etc/containers/certs.d/HOST/*.crt or /etc/docker/certs.d/HOST/*.crt, or the system's store.
set -euo pipefail
# {before}
{attempt}
auth=(); if [ -n "${TRANSSHIP_AUTHFILE:-}" ]; then auth=(--authfile "$TRANSSHIP_AUTHFILE"); fi
cd "$(dirname "${BASH_SOURCE[0]}")"
copy() { attempt skopeo sync --all --preserve-digests --keep-going --retry-times 3 ${auth[@]+"${auth[@]}"} --src yaml --dest docker "$@"; }
