#!/usr/bin/env bash
# check_paths.sh ROOT: every file of ours that a page of ROOT names is there.
#
# A name is a word in backquotes that starts with a folder of the source tree, or the target of a link to a file; pages are README.md and all
# below docs/, samples/, src/ and tests/. "<name>" in a path stands for any text, a path may be
# a pattern, and words behind a blank are arguments. One line for each name
# without a file; exit status 1 if any.
set -euo pipefail
cd "$1"
shopt -s nullglob
bad=0 names=0

there() # PAGE PATTERN
{
    local found=($2)
    names=$((names + 1))
    [ ${#found[@]} -gt 0 ] && [ -e "${found[0]}" ] && return
    echo "$1: no file '$2'"
    bad=1
}

while IFS= read -r page; do
    while IFS= read -r path; do
        there "$page" "$path"
    done < <(grep -oE '`(src|tests|idl|docs|cmake|scripts|samples)/[^`(]*`' "$page" | tr -d '`' | sed 's/<[a-z ]*>/*/g; s/ .*//' | sort -u)
    while IFS= read -r path; do
        there "$page" "$(dirname "$page")/$path"
    done < <(grep -oE '\]\([^)]*\)' "$page" | sed 's/^](//; s/[)#].*$//' | grep -vE '^[a-z]+:|^$' | sort -u)
done < <(find README.md docs samples src tests -name '*.md' | sort)

[ "$names" -ge 50 ] || { echo "only $names names were found: the pages have changed their form"; bad=1; }
exit "$bad"
