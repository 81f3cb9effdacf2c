# Copies images with all their platforms and keeps their digests. It may be run again: what is there already is not sent twice.
# Log in first where needed (crane auth login): {domains}
# Certificate authorities of your own: the system's store, or a file with all of them in SSL_CERT_FILE.
set -euo pipefail
# {before}
{attempt}
