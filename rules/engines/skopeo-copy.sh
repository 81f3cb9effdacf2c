# Copies images with all their platforms and keeps their digests. It may be run again: what is there already is not sent twice.
# Log in first where needed (skopeo login): {domains}
# or set TRANSSHIP_AUTHFILE to a file that skopeo login has written.
# Certificate authorities of your own: /etc/containers/certs.d/HOST/*.crt or /etc/docker/certs.d/HOST/*.crt, or the system's store.
set -euo pipefail
# {before}
{attempt}
auth=(); if [ -n "${TRANSSHIP_AUTHFILE:-}" ]; then auth=(--authfile "$TRANSSHIP_AUTHFILE"); fi
copy() { attempt skopeo copy --all --preserve-digests --retry-times 3 ${auth[@]+"${auth[@]}"} "$@"; }
