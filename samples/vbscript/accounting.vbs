' The accounting table of all VMs.
'
'   cscript //nologo accounting.vbs
'
' One line a VM, columns parted by tabs. The counters are 96-bit decimals: VBScript adds, compares and prints them with all their digits. A VM
' that is not active has zeros; one whose figures cannot be told has the reason instead.
Option Explicit

Dim vpc, vm, line, states
states = Array("Invalid", "Turned off", "Saved", "Turning on", "Restoring", "Running", "Paused", "Saving", "Turning off", "Merging drives", "Deleting")

Set vpc = CreateObject("VirtualPC.Application")
WScript.Echo "Name" & vbTab & "State" & vbTab & "Sent" & vbTab & "Received" & vbTab & "Read" & vbTab & "Written" & vbTab & "CPU %" & vbTab & "Up s"
For Each vm In vpc.VirtualMachines
    line = vm.Name & vbTab & states(vm.State)
    On Error Resume Next
    line = line & Figures(vm.Accountant)
    If Err.Number <> 0 Then line = line & vbTab & "unknown: " & Err.Description
    On Error GoTo 0
    WScript.Echo line
Next

Function Figures(accountant)
    Figures = vbTab & accountant.NetworkBytesSent & vbTab & accountant.NetworkBytesReceived & vbTab & accountant.DiskBytesRead & vbTab & _
        accountant.DiskBytesWritten & vbTab & accountant.CPUUtilization & vbTab & accountant.UpTime
End Function
