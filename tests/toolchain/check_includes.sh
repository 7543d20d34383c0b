#!/usr/bin/env bash
# check_includes.sh DOCUMENT ROOT: holds the includes below ROOT/src against the table of parts in DOCUMENT.
#
# A row reads "| `src/<part>/` | ... | a, b |": files of that part may include "<part>/..." and, of the other parts, "a/..."
# and "b/..."; "all above" names the rows before it. One line for each include that the table does not allow; exit status 1 if any.
set -euo pipefail
document=$1 root=$2

awk -v document="$document" '
FILENAME == document {
    if (split($0, cell, "|") == 5 && match(cell[2], /src\/[a-z]+\//)) {
        part = substr(cell[2], RSTART + 4, RLENGTH - 5)
        list = cell[4]
        gsub(/[ \t]/, "", list)
        may[part] = list == "allabove" ? above : "," list ","
        above = above "," part ","
        rows++
    }
    next
}
FNR == 1 {
    part = FILENAME
    sub(/.*\/src\//, "", part)
    sub(/\/.*/, "", part)
    if (!(part in may)) {
        printf "%s: \"%s\" is no row of %s\n", FILENAME, part, document
        bad = 1
    }
    files++
}
match($0, /^#[ \t]*include[ \t]+"[^"\/]+\//) {
    used = substr($0, RSTART, RLENGTH - 1)
    sub(/.*"/, "", used)
    if (used != part && index(may[part], "," used ",") == 0) {
        printf "%s:%d: %s may not use %s\n", FILENAME, FNR, part, used
        bad = 1
    }
}
END {
    if (rows < 2 || files < 2) {
        print "no table in " document " or no files below its root"
        bad = 1
    }
    exit bad
}' "$document" $(find "$root/src" -name '*.c' -o -name '*.h' | sort)
