#!/usr/bin/env bash
# count_tests.sh: scripts/count-tests on what ctest wrote for programs that fail, crash, leave early, hang and so on.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
status=0
got=$(bash "$here/../../scripts/count-tests" "$here/count/results.xml") || status=$?
diff "$here/count/expected.txt" - <<<"$got"
[ $status = 1 ] || { echo "status $status although a test failed"; exit 1; }
