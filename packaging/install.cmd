@echo off
rem Registers for the present user only; no administrator rights. vpchost.exe, vpcctl.exe and the DLLs stay where they are.
"%SystemRoot%\System32\regsvr32.exe" /s /n /i:user "%~dp0VPCCOMInterfaces.dll" || exit /b 1
if exist "%SystemRoot%\SysWOW64\regsvr32.exe" "%SystemRoot%\SysWOW64\regsvr32.exe" /s /n /i:user "%~dp0x86\VPCCOMInterfaces.dll" || exit /b 1
echo registered for %USERNAME%
