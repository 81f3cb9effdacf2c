# Run on each node, once the copies are made.
# Credentials and certificate authorities are those of the runtime's configuration; pods may bring other credentials.
set -euo pipefail
{attempt}
