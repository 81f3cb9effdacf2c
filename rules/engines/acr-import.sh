# Azure pulls the images itself, with all their platforms; an image may have at most 50 manifests. az login comes first.
# A private source needs its two environment variables; public ones are read without.
# It may be run again: an image that is there with the digest of this plan is left alone. Azure refuses to replace any other tag,
# unless the plan says that it does, or TRANSSHIP_FORCE is set; set it to run again where digests are not known.
set -euo pipefail
{attempt}
force=(); if [ -n "${TRANSSHIP_FORCE:-}" ]; then force=(--force); fi
digest() { az acr manifest show-metadata --registry "$1" --name "$2" --query digest --output tsv 2>/dev/null; }
bring() {
  if [ -n "$3" ] && [ "$(digest "$1" "$2")" = "$3" ]; then return; fi
  az acr import --name "$1" "${@:4}" ${force[@]+"${force[@]}"}
}
