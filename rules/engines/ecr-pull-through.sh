# Nothing is copied: an image is fetched when it is first pulled by its tag, by someone who may ecr:BatchImportUpstreamImage.
# A rule covers everything below its prefix. Credentials of upstreams are secrets of AWS Secrets Manager, named
# ecr-pullthroughcache/…, given here by their ARN in an environment variable. An upstream in another account's Amazon ECR needs
# the ARN of an IAM role of the account that fetches.
set -euo pipefail
{attempt}
with_arn() { if [ -z "${!2:-}" ]; then printf '%s is not set\n' "$2" >&2; return 1; fi; "${@:3}" "$1" "${!2}"; }
