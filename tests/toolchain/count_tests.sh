#!/usr/bin/env bash
# count_tests.sh: scripts/count-tests on what ctest wrote for programs that fail, crash, leave early, hang and so on.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
status=0
got=$(bash "$here/../../scripts/count-tests" "$here/count/results.xml") || status=$?
diff "$here/count/expected.txt" - <<<"$got"
# The same with some of them run again.
again=$(bash "$here/../../scripts/count-tests" "$here/count/results.xml" "$here/count/again-results.xml") || :
diff "$here/count/expected-again.txt" - <<<"$again"
[ $status = 1 ] || { echo "status $status although a test failed"; exit 1; }
