#!/usr/bin/env bash
# check_paths.sh ROOT: every file of ours that a page of ROOT names is there, and so is every heading that a link leads to.
#
# A name is a word in backquotes that starts with a folder of the source tree, or the target of a link to a file; pages
# are those in ROOT and all below docs/, samples/, src/ and tests/. "<name>" in a path stands for any text, a path may be
# a pattern, and words behind a blank are arguments. A heading is called as GitHub calls it: small letters, digits, "_",
# and "-" for each blank. One line for each name without a file or heading; exit status 1 if any.
set -euo pipefail
cd "$1"
shopt -s nullglob
bad=0 names=0 anchors=0

there() # PAGE PATTERN
{
    local found=($2)
    names=$((names + 1))
    [ ${#found[@]} -gt 0 ] && [ -e "${found[0]}" ] && return
    echo "$1: no file '$2'"
    bad=1
}

headings() # PAGE
{
    awk '/^```/ { code = !code }
        !code && /^#+ / {
            sub(/^#+ +/, ""); gsub(/\]\([^)]*\)/, "")
            $0 = tolower($0); gsub(/[^a-z0-9 _-]/, ""); gsub(/ /, "-")
            print $0 (seen[$0]++ ? "-" seen[$0] - 1 : "")
        }' "$1"
}

has_heading() # PAGE TARGET
{
    local file=${2%%#*}
    file=${file:+$(dirname "$1")/$file}
    file=${file:-$1}
    anchors=$((anchors + 1))
    [ -e "$file" ] && headings "$file" | grep -qxF -e "${2#*#}" && return
    echo "$1: no heading '$2'"
    bad=1
}

while IFS= read -r page; do
    while IFS= read -r path; do
        there "$page" "$path"
    done < <(grep -oE '`(src|tests|idl|docs|cmake|scripts|samples)/[^`(]*`' "$page" | tr -d '`' | sed 's/<[a-z ]*>/*/g; s/ .*//' | sort -u)
    while IFS= read -r path; do
        there "$page" "$(dirname "$page")/$path"
    done < <(grep -oE '\]\([^)]*\)' "$page" | sed 's/^](//; s/[)#].*$//' | grep -vE '^[a-z]+:|^$' | sort -u)
    while IFS= read -r target; do
        has_heading "$page" "$target"
    done < <(grep -oE '\]\([^):]*#[^)]*\)' "$page" | sed 's/^](//; s/)$//' | sort -u)
done < <(find *.md docs samples src tests -name '*.md' | sort)

[ "$names" -ge 50 ] && [ "$anchors" -ge 20 ] ||
    { echo "only $names names and $anchors headings were found: the pages have changed their form"; bad=1; }
exit "$bad"
