' Events of all VMs and of one of them, for Windows' script host: cscript //nologo events.vbs NAME
' Prints "listening", then a line for each event, and ends after the VM has been turned off.
Option Explicit
Const TurnedOff = 1
Dim vpc, vm, wasOn

' Procedures whose name begins with that prefix are called for the events of the object.
Set vpc = WScript.CreateObject("VirtualPC.Application", "App_")
Set vm = vpc.FindVirtualMachine(WScript.Arguments(0))
WScript.ConnectObject vm, "VM_"
WScript.Echo "listening"
wasOn = False
Do Until wasOn And vm.State = TurnedOff
    WScript.Sleep 20
    If vm.State <> TurnedOff Then wasOn = True
Loop
WScript.Sleep 1000
WScript.DisconnectObject vm

Sub App_OnVMStateChange(name, state)
    WScript.Echo name & ": state " & state
End Sub

Sub VM_OnStateChange(state)
    WScript.Echo "state " & state
End Sub

Sub VM_OnRequestShutdown()
    WScript.Echo "shutdown requested"
End Sub

Sub VM_OnReset()
    WScript.Echo "reset"
End Sub
