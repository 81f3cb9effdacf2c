# Creates the registry endpoints beside this file unless they are there, creates or updates the replication policies, and starts them.
# {administrator} are an administrator's.
# The endpoints' credentials are read from the variables that registries.json names; where these are empty, the endpoint is asked without.
# Certificate authorities of your own: CURL_CA_BUNDLE for Harbor itself; an endpoint's is set in Harbor.
set -euo pipefail
# {projects}
harbor={harbor}
login={login}
cd "$(dirname "${BASH_SOURCE[0]}")"
login=${login//\\/\\\\}; login=${login//\"/\\\"}
ask() { curl --fail --silent --show-error --config <(printf 'user = "%s"\n' "$login") --header 'Content-Type: application/json' "$@"; }
id() { ask --get --data-urlencode "q=name=$2" "$harbor/$1" | jq --arg name "$2" '[.[] | select(.name == $name) | .id][0] // empty'; }
given='walk(if type == "string" and test("^\\$\\{[A-Z0-9_]+\\}$") then .[2:-1] as $name | env[$name] // "" else . end)'
jq --compact-output '.[]' registries.json | while read -r registry; do
  known=$(id registries "$(jq --raw-output .name <<<"$registry")")
  if [ -n "$known" ]; then continue; fi
  jq "$given | if .credential.access_key == \"\" then del(.credential) else . end" <<<"$registry" | ask --data @- "$harbor/registries"
done
jq --compact-output '.[]' policies.json | while read -r policy; do
  name=$(jq --raw-output .name <<<"$policy")
  remote=$(id registries "$(jq --raw-output .{end}.name <<<"$policy")")
  body=$(jq --argjson id "$remote" '.{end} = {id: $id}' <<<"$policy")
  known=$(id replication/policies "$name")
  if [ -n "$known" ]; then ask --request PUT --data @- "$harbor/replication/policies/$known" <<<"$body"
  else ask --data @- "$harbor/replication/policies" <<<"$body"; fi
  known=$(id replication/policies "$name")
  jq --null-input --argjson id "$known" '{policy_id: $id}' | ask --data @- "$harbor/replication/executions"
done
