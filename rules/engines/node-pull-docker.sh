# Run on each node, once the copies are made.
# Credentials are those of docker login. Certificate authorities of your own: /etc/docker/certs.d/HOST/ca.crt.
set -euo pipefail
{attempt}
