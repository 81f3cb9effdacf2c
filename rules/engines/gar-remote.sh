# Nothing is copied: a remote repository fetches an image when it is first pulled, and covers the whole upstream.
# A private upstream needs --remote-username and --remote-password-secret-version (Secret Manager) as well.
set -euo pipefail
{attempt}
