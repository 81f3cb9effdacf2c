# Copies images with all their platforms. The user names and passwords are read from the environment variables named in the auth file;
# a registry whose variables are empty is asked without credentials. What is filled in there is kept by later plans.
# Certificate authorities of your own: /etc/containers/certs.d/HOST/*.crt or /etc/docker/certs.d/HOST/*.crt, or the system's store.
set -euo pipefail
# {before}
cd "$(dirname "${BASH_SOURCE[0]}")"
image-syncer --proc=6 --auth=./auth.{extension} --images=./images.{extension} --retries=3
