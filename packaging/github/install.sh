#!/usr/bin/env bash
# Installs the release of this machine's kind into a folder, after its checksum has been compared, and prints the program's path.
#
#   packaging/github/install.sh FOLDER
#
# TRANSSHIP_VERSION    the version; without it, that of this source
# TRANSSHIP_RELEASES   where releases are, up to the folder of the tags; without it, those of the repository
set -euo pipefail

fail() {
  echo "error: $1" >&2
  exit 1
}
[ $# -eq 1 ] || fail "usage: packaging/github/install.sh FOLDER"
folder=$1
cargo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/Cargo.toml
field() { sed -n "s/^$1 = \"\(.*\)\"/\1/p" "$cargo" | head -n 1; }
version=${TRANSSHIP_VERSION:-$(field version)}
version=${version#v}
releases=${TRANSSHIP_RELEASES:-$(field repository)/releases/download}

case "$(uname -m)" in
x86_64 | amd64) cpu=x86_64 ;;
aarch64 | arm64) cpu=aarch64 ;;
*) fail "there is no program for $(uname -m): compile it with cargo install" ;;
esac
case "$(uname -s)" in
Linux) target=$cpu-unknown-linux-musl ;;
Darwin) target=$cpu-apple-darwin ;;
*) fail "there is no program for $(uname -s): compile it with cargo install" ;;
esac

name=transship-v$version-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
get() { curl --fail --silent --show-error --location --retry 3 --output "$work/$1" "$releases/v$version/$1" || fail "$releases/v$version/$1 cannot be had"; }
get "$name.tar.gz"
get SHA256SUMS
# Two spaces, or a space and a star: how sums were made of a text or of bytes.
grep -E "^[0-9a-f]{64} [ *]$name\.tar\.gz\$" "$work/SHA256SUMS" >"$work/sum" || fail "SHA256SUMS does not name $name.tar.gz"
(
  cd "$work"
  if command -v sha256sum >/dev/null; then sha256sum --check --status sum; else shasum --algorithm 256 --check --status sum; fi
) || fail "$name.tar.gz is not what SHA256SUMS says: nothing was installed"
tar -C "$work" -xzf "$work/$name.tar.gz"
mkdir -p "$folder"
install -m 755 "$work/$name/transship" "$folder/transship"
echo "$folder/transship"
