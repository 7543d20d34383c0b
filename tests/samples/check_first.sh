#!/usr/bin/env bash
# check_first.sh README SCRIPT: the README shows the script as it is.
set -euo pipefail
awk '/^A first script, / { here = 1 } here && /^```vbs/ { inside = 1; next } inside && /^```/ { exit } inside' "$1" | diff - "$2"
echo "the README shows $2"
