# Run on a manager node once no session uses images of {old}, and no other image of it is needed.
# It removes the old metadata and the old registry; clean-up.sql takes it from the domains (backend.ai mgr dbshell).
# The images on the agents are removed by the engine node-clean.
set -euo pipefail
