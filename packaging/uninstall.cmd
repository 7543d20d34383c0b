@echo off
rem Takes the registration of the present user away; VMs and settings stay.
setlocal
set "folder=%~dp0"
set "wide=%SystemRoot%\System32\regsvr32.exe"
if exist "%SystemRoot%\Sysnative\regsvr32.exe" set "wide=%SystemRoot%\Sysnative\regsvr32.exe"
if exist "%SystemRoot%\SysWOW64\regsvr32.exe" "%SystemRoot%\SysWOW64\regsvr32.exe" /s /u /n /i:user "%folder%x86\VPCCOMInterfaces.dll"
"%wide%" /s /u /n /i:user "%folder%VPCCOMInterfaces.dll"
