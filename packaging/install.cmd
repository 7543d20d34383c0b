@echo off
rem Registers for the present user only; no administrator rights. vpchost.exe, vpcctl.exe and the DLLs stay where they are.
setlocal
set "folder=%~dp0"
set "wide=%SystemRoot%\System32\regsvr32.exe"
rem A 32-bit prompt finds the programs of 64 bits here only.
if exist "%SystemRoot%\Sysnative\regsvr32.exe" set "wide=%SystemRoot%\Sysnative\regsvr32.exe"
"%wide%" /s /n /i:user "%folder%VPCCOMInterfaces.dll"
if errorlevel 1 goto failed
if not exist "%SystemRoot%\SysWOW64\regsvr32.exe" goto done
"%SystemRoot%\SysWOW64\regsvr32.exe" /s /n /i:user "%folder%x86\VPCCOMInterfaces.dll"
if errorlevel 1 goto failed
:done
echo registered for %USERNAME%
rem setx would cut a long PATH and make it that of the machine and the user together, so for all prompts it is the user who adds the folder.
for %%P in (vpcctl.exe) do if /i "%%~dp$PATH:P"=="%folder%" exit /b 0
echo this prompt finds vpcctl now; for all of them add %folder% to PATH: rundll32 sysdm.cpl,EditEnvironmentVariables
endlocal & set "PATH=%PATH%;%folder%"
exit /b 0
:failed
call "%folder%uninstall.cmd"
echo nothing is registered: regsvr32 refuses VPCCOMInterfaces.dll or x86\VPCCOMInterfaces.dll in %folder%
exit /b 1
