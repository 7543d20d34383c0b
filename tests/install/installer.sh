#!/usr/bin/env bash
# installer.sh BUILD WINE-RUN...: makes the installers and installs, uses and removes the MSI in a Wine prefix of its own below BUILD: scripts of both
# widths run a VM on the fake engine. WINE-RUN is the command that runs Windows programs of both widths, up to the prefix.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
shift
work=$build/installer
fail() { echo "installer: $*" >&2; exit 1; }
[ -f "$top/build/mingw-x64/bin/VPCCOMInterfaces.dll" ] || { echo "SKIPPED: the installers need the build mingw-x64 too"; exit 77; }
command -v wixl >/dev/null && command -v msiinfo >/dev/null || { echo "SKIPPED: no wixl and msiinfo, packages wixl and msitools"; exit 77; }
prefix=$work/wine
wine() { "${runner[@]}" "$prefix" "$@"; }
runner=("$@")
windows_path() { printf 'Z:%s' "$1" | tr / '\\'; }
classes() { wine reg query "HKLM\\Software\\Classes\\VirtualPC.Application" "$1" >/dev/null 2>&1; }

bash "$top/scripts/package" >/dev/null
python3 "$top/tests/install/check_sbom.py" "$(echo "$top"/build/package/*.spdx.json)" "$top/build/package/files" "$top/scripts/deps.table"
grep -q "InstallerSha256: $(sha256sum "$top"/build/package/*.msi | cut -c1-64 | tr a-f A-F)" "$top"/build/package/*.winget.yaml
rm -rf "$work/home" "$work/machines"
mkdir -p "$work"
trap 'bash "$top/scripts/wine-run" --stop "$prefix" || true' EXIT
VPC_HOME=$(windows_path "$work/home")
export VPC_HOME VPC_ENGINE=fake
msi=$(windows_path "$(echo "$top"/build/package/*.msi)")
program=$prefix/drive_c/Program\ Files/VPCCOMInterfaces
wine msiexec /x "$msi" /qn >/dev/null 2>&1 || true # what a broken run has left

wine msiexec /i "$msi" /qn || fail "msiexec /i ends with status $?"
for file in VPCCOMInterfaces.dll vpchost.exe vpcctl.exe x86/VPCCOMInterfaces.dll LICENSE.txt sbom.spdx.json; do
    [ -f "$program/$file" ] || fail "not installed: $file"
done
for view in /reg:64 /reg:32; do
    classes "$view" || fail "not registered in the view $view"
done
for width in system32 syswow64; do
    said=$(wine "C:\\windows\\$width\\cscript.exe" //nologo "$(windows_path "$top/tests/install/installed.vbs")" "$(windows_path "$work/machines")" $width |
        tr -d '\r')
    echo "$width: $said"
    [ "${said##* }" = finished ] || fail "the script of $width did not reach its end"
done

wine msiexec /x "$msi" /qn || fail "msiexec /x ends with status $?"
for view in /reg:64 /reg:32; do
    ! classes "$view" || fail "still registered in the view $view"
done
[ ! -e "$program/VPCCOMInterfaces.dll" ] || fail "the DLL is still there"
[ ! -e "$program/x86/VPCCOMInterfaces.dll" ] || fail "the 32-bit DLL is still there"
[ -f "$work/machines/system32/system32.vmc" ] || fail "the user's VM is gone"
echo "the MSI was installed, used by both widths and removed"
