#!/usr/bin/env bash
# One check of a job on GitHub: findings as annotations, in the job's summary, and as SARIF. Ends as `transship check` does, or with 0 for
# findings where FAIL is `false`.
#
# TRANSSHIP is the program; ARGS and PATHS are cut at blanks, and never read as shell.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
read -r -a args <<<"${ARGS-}"
read -r -a paths <<<"${PATHS-.}"
sarif=$RUNNER_TEMP/transship/findings.sarif
human=$RUNNER_TEMP/transship/findings.txt
mkdir -p "$RUNNER_TEMP/transship"

"$TRANSSHIP" check --format sarif "${args[@]}" -- "${paths[@]}" >"$sarif" 2>/dev/null
# Text that a file of the repository holds is printed: nothing in it may be taken for a command of the job.
echo "::add-matcher::$here/matcher.json"
stop=transship-$RANDOM$RANDOM$RANDOM
"$TRANSSHIP" check --color never "${args[@]}" -- "${paths[@]}" 2>&1 | tee "$human"
status=${PIPESTATUS[0]}
echo "::remove-matcher owner=transship::"

[ ! -s "$sarif" ] || echo "sarif-file=$sarif" >>"$GITHUB_OUTPUT"
if [ "$status" -eq 1 ]; then echo "findings=true" >>"$GITHUB_OUTPUT"; else echo "findings=false" >>"$GITHUB_OUTPUT"; fi

# A summary may have 1 MiB; its fence is longer than any run of backticks in the text.
ticks=$(grep -o '`\{3,\}' "$human" | awk '{ if (length($0) > longest) longest = length($0) } END { print longest + 0 }')
fence=$(printf '`%.0s' $(seq 1 $((ticks < 3 ? 3 : ticks + 1))))
{
  echo "### transship check"
  echo
  tail -n 1 "$human"
  echo
  echo "<details><summary>findings</summary>"
  echo
  echo "$fence"
  head -c 500000 "$human"
  echo
  echo "$fence"
  echo
  echo "</details>"
} >>"$GITHUB_STEP_SUMMARY"

if [ "$status" -eq 1 ] && [ "${FAIL-true}" = false ]; then exit 0; fi
exit "$status"
