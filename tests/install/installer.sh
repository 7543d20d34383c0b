#!/usr/bin/env bash
# installer.sh BUILD WINE-RUN...: makes the installers and tries them in a Wine prefix of its own below BUILD. The zip for one user: registered by
# install.cmd, unpacked over itself, taken away by uninstall.cmd. The MSI: installed, used by scripts of both widths that run a VM on the fake engine,
# replaced by one of a later version, which an older one does not replace, and removed; what the user has made stays throughout. WINE-RUN is the command
# that runs Windows programs of both widths, up to the prefix.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
shift
work=$build/installer
package=$top/build/package
fail() { echo "installer: $*" >&2; exit 1; }
[ -f "$top/build/mingw-x64/bin/VPCCOMInterfaces.dll" ] || { echo "SKIPPED: the installers need the build mingw-x64 too"; exit 77; }
command -v wixl >/dev/null && command -v msibuild >/dev/null || { echo "SKIPPED: no wixl and msibuild, packages wixl and msitools"; exit 77; }
prefix=$work/wine
runner=("$@")
wine() { "${runner[@]}" "$prefix" "$@"; }
windows_path() { printf 'Z:%s' "$1" | tr / '\\'; }
CLASS='{9A1774B7-8251-4468-A214-61DCAED9AC2F}' # VMVirtualPC
MACHINE='HKLM\System\CurrentControlSet\Control\Session Manager\Environment'
UNINSTALL='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall'

# registered ROOT WIDTH: the file that the class is registered with; fails where it is not.
registered() { wine reg query "$1\\Software\\Classes\\CLSID\\$CLASS\\InprocServer32" /ve "/reg:$2" 2>/dev/null | tr -d '\r' | sed -n 's/.*REG_SZ *//p' | grep .; }
not_registered() {
    for width in 64 32; do
        ! registered "$1" $width || fail "$2: still registered below $1, $width bits"
    done
}

# path_of KEY: the folders on the PATH that is kept there, one a line, without empty ones.
path_of() { wine reg query "$1" /v PATH 2>/dev/null | tr -d '\r' | sed -n 's/.*REG_\(EXPAND_\)\?SZ *//p' | tr ';' '\n' | sed '/^$/d'; }

# use_both WORD: scripts of both widths run their VM, which is WORD: made or found.
use_both() {
    for width in system32 syswow64; do
        said=$(wine "C:\\windows\\$width\\cscript.exe" //nologo "$(windows_path "$top/tests/install/installed.vbs")" "$(windows_path "$work/machines")" $width |
            tr -d '\r')
        echo "$width: $said"
        [ "$said" = "$1, state 5, then 1, finished" ] || fail "the script of $width did not reach its end"
    done
}

# installed VERSION: the MSI of this version is there, alone.
installed() {
    for file in VPCCOMInterfaces.dll vpchost.exe vpcctl.exe x86/VPCCOMInterfaces.dll LICENSE.txt THIRD-PARTY.txt sbom.spdx.json; do
        [ -f "$program/$file" ] || fail "not installed: $file"
    done
    registered HKLM 64 >/dev/null && registered HKLM 32 >/dev/null || fail "not registered in both views"
    entries=$({ wine reg query "$UNINSTALL" /s /reg:64; wine reg query "$UNINSTALL" /s /reg:32; } | tr -d '\r')
    [ "$(grep -c 'DisplayName .*VPCCOMInterfaces' <<<"$entries")" = 1 ] || fail "not one entry among the installed programs: $entries"
    grep -q "DisplayVersion  *REG_SZ  *$1\$" <<<"$entries" || fail "the entry is not that of version $1: $entries"
    [ "$(path_of "$MACHINE")" = "$path_before"$'\n''C:\Program Files\VPCCOMInterfaces\' ] || fail "PATH of the machine: $(path_of "$MACHINE")"
}

bash "$top/scripts/package" https://example.org/VPCCOMInterfaces.msi >/dev/null
version=$(sed -n 's/^project(VPCCOMInterfaces VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")
msi=$package/VPCCOMInterfaces-$version-x64.msi
python3 "$top/tests/install/check_sbom.py" "$(echo "$package"/*.spdx.json)" "$package/files" "$top/scripts/deps.table"
sed -n 's/^\([a-z][^ |]*\) *|.*/\1/p' "$top/packaging/licences.table" | while read -r library; do
    grep -q "^==== $library: " "$package/files/THIRD-PARTY.txt" || fail "no licence of $library goes with the programs"
done
grep -q 'Apache License' "$package/files/THIRD-PARTY.txt" && grep -q 'Permission is hereby granted' "$package/files/THIRD-PARTY.txt" ||
    fail "the texts of the licences are missing"
python3 "$top/tests/install/check_winget.py" "$(echo "$package"/*.winget.yaml)" "$msi"

# The same of a later version, whose licence can be told from the other's.
later=${version%.*}.$((${version##*.} + 1))
rm -rf "$work/later" "$work/home" "$work/machines" "$work/user"
mkdir -p "$work/later"
cp -r "$package/files" "$work/later/"
echo "version $later" >>"$work/later/files/LICENSE.txt"
bash "$top/packaging/msi" "$work/later" "$later" "$(msiinfo export "$msi" Property | tr -d '\r' | sed -n 's/^Manufacturer\t//p')" "$work/later/later.msi"

stop() { [ ! -d "$1" ] || bash "$top/scripts/wine-run" --stop "$1" || true; }
trap 'stop "$prefix"' EXIT
# What a broken run has left would be in the way, and only its own MSI could remove it.
if [ -e "$work/unfinished" ]; then
    stop "$prefix"
    stop "$work/wine64"
    rm -rf "$prefix" "$work/wine64"
fi
touch "$work/unfinished"
VPC_HOME=$(windows_path "$work/home")
export VPC_HOME VPC_ENGINE=fake
program=$prefix/drive_c/Program\ Files/VPCCOMInterfaces

# ---- nothing is installed ----
not_registered HKLM "at the beginning"
said=$(wine "$(windows_path "$top/build/mingw-x64/bin/vpcctl.exe")" list 2>&1 | tr -d '\r') && status=0 || status=$?
[ "$status" = 4 ] && [[ $said = "vpcctl: REGDB_E_CLASSNOTREG (0x80040154): VPCCOMInterfaces.dll is not registered; "* ]] ||
    fail "vpcctl without its DLL ends with status $status: $said"

# ---- the zip ----
# try_zip DLL: in the Wine of `runner` and `prefix`, where this one of the two is registered in the end. A gap of Wine 8: both widths see the same user's
# classes, so where both are registered the 32-bit one has taken the other's place; a Wine of 64 bits alone shows that the other is registered.
user=$work/user/VPCCOMInterfaces
try_zip() {
    for time in first second; do
        python3 -m zipfile -e "$package/VPCCOMInterfaces-$version-x64-user.zip" "$work/user"
        wine cmd /c "$(windows_path "$user/install.cmd")" || fail "install.cmd ends with status $? the $time time"
        for width in 64 32; do
            [ "$(registered HKCU $width)" = "$(windows_path "$user/$1")" ] || fail "for $width bits $(registered HKCU $width) is registered, not $1"
        done
    done
    not_registered HKLM "install.cmd"
    # The prompt that runs it finds vpcctl from then on, and its PATH has the folder once.
    said=$(wine cmd /c "call $(windows_path "$user/install.cmd") && call $(windows_path "$user/install.cmd") && path && vpcctl help list" | tr -d '\r')
    grep -q '^usage: vpcctl list' <<<"$said" || fail "the prompt of install.cmd does not find vpcctl: $said"
    [ "$(sed -n 's/^PATH=//p' <<<"$said" | tr ';' '\n' | grep -cF "$(windows_path "$user")")" = 1 ] || fail "not once on PATH: $said"
    wine cmd /c "$(windows_path "$user/uninstall.cmd")" || fail "uninstall.cmd ends with status $?"
    not_registered HKCU uninstall.cmd
    rm "$user/$1"
    ! wine cmd /c "$(windows_path "$user/install.cmd")" || fail "install.cmd says that it has registered a DLL that is not there"
    not_registered HKCU "install.cmd without $1"
}
try_zip x86/VPCCOMInterfaces.dll
(
    prefix=$work/wine64 runner=(bash "$top/scripts/wine-run")
    trap 'stop "$prefix"' EXIT
    try_zip VPCCOMInterfaces.dll
)
echo "the zip was registered, registered again and taken away"

# ---- the MSI ----
path_before=$(path_of "$MACHINE")
[ "$path_before" ] || fail "no PATH of the machine"
wine msiexec /i "$(windows_path "$msi")" /qn || fail "msiexec /i ends with status $?"
installed "$version"
wine cmd /c "vpcctl help list" | grep -q '^usage: vpcctl list' || fail "a prompt does not find vpcctl"
use_both made

wine msiexec /i "$(windows_path "$work/later/later.msi")" /qn || fail "msiexec /i of a later version ends with status $?"
installed "$later"
# A gap of Wine 8: what takes the folder of the older version off PATH leaves an empty one, and the prompt looks no further.
[[ $(wine cmd /c path) = *';;'* ]] || fail "this Wine leaves no empty folder on PATH: a prompt can look for vpcctl here too"
grep -q "^version $later" "$program/LICENSE.txt" || fail "the files are still those of the older version"
use_both found
! wine msiexec /i "$(windows_path "$msi")" /qn || fail "an older version has replaced a later one"
installed "$later"

wine msiexec /x "$(windows_path "$work/later/later.msi")" /qn || fail "msiexec /x ends with status $?"
not_registered HKLM "msiexec /x"
for file in VPCCOMInterfaces.dll x86/VPCCOMInterfaces.dll vpchost.exe vpcctl.exe; do
    [ ! -e "$program/$file" ] || fail "still there: $file"
done
[ "$(path_of "$MACHINE")" = "$path_before" ] || fail "PATH of the machine is not that of before: $(path_of "$MACHINE")"
# For the next run: without the empty folders.
wine reg add "$MACHINE" /v PATH /t REG_EXPAND_SZ /d "$(paste -sd ';' <<<"$path_before")" /f >/dev/null
[ -f "$work/machines/system32/system32.vmc" ] && [ -f "$work/home/usage.db" ] || fail "the user's VM or usage is gone"
rm "$work/unfinished"
echo "the MSI was installed, used by both widths, replaced by a later one and removed"
