# CAUTION: docker pulls ONE platform, so that a copy of a multi-platform image has another digest and lacks the other platforms.
# Where digests or several platforms matter, use the engine skopeo-copy or crane.
# Log in first where needed (docker login): {domains}
# Certificate authorities of your own: /etc/docker/certs.d/HOST/ca.crt on the machine of the daemon.
set -euo pipefail
# Without TLS: {plain}. List them as insecure-registries in the daemon's /etc/docker/daemon.json.
# {before}
{attempt}
copy() { docker pull "${@:3}" "$1" && docker tag "$1" "$2" && docker push "$2"; }
