@echo off
rem Takes the registration of the present user away; VMs and settings stay.
if exist "%SystemRoot%\SysWOW64\regsvr32.exe" "%SystemRoot%\SysWOW64\regsvr32.exe" /s /u /n /i:user "%~dp0x86\VPCCOMInterfaces.dll"
"%SystemRoot%\System32\regsvr32.exe" /s /u /n /i:user "%~dp0VPCCOMInterfaces.dll"
