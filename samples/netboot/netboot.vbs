' The main job in VBScript: make a VM that boots from the network, start it, watch what it sends and receives, reset it, turn it off.
'
'   cscript //nologo netboot.vbs FOLDER TFTP-FOLDER [MEGABYTES]
'
' FOLDER is where the configuration goes, TFTP-FOLDER what the NAT network serves (boot.ipxe and payload.bin lie there). The script waits until MEGABYTES (5)
' million bytes have come in.
Option Explicit

Const TurnedOff = 1, Running = 5
Const VMName = "Netboot"
Const Adapter = "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/nat/"

Dim vpc, vm, nic, task, enough, figures
If WScript.Arguments.Count < 2 Then
    WScript.Echo "usage: cscript //nologo netboot.vbs FOLDER TFTP-FOLDER [MEGABYTES]"
    WScript.Quit 2
End If
enough = 5000000
If WScript.Arguments.Count > 2 Then enough = CLng(WScript.Arguments(2)) * 1000000

Set vpc = CreateObject("VirtualPC.Application")
WScript.Echo vpc.Name & " " & vpc.Version
' Software emulation runs everywhere; without this QEMU takes what the host offers.
vpc.SetConfigurationValue "hypervisors/qemu/accelerator", "tcg"

' One VM with one adapter on the NAT network.
Set vm = vpc.CreateVirtualMachine(VMName, WScript.Arguments(0))
vm.Memory = 64
Set nic = vm.AddNetworkAdapter()
nic.AttachToVirtualNetwork vpc.FindVirtualNetwork("Shared Networking (NAT)")
vm.SetConfigurationValue Adapter & "tftp_folder", WScript.Arguments(1)
vm.SetConfigurationValue Adapter & "boot_file", "boot.ipxe"

Finish "start", vm.Startup()
Set figures = vm.Accountant
Do
    WaitASecond
    Show "running"
Loop Until figures.NetworkBytesReceived >= enough Or vm.State <> Running
If vm.State <> Running Then
    WScript.Echo "the VM stopped by itself"
    WScript.Quit 1
End If

Finish "reset", vm.Reset()
Show "after the reset"

Finish "turn off", vm.TurnOff()
Show "turned off"

vpc.DeleteVirtualMachine vm
WScript.Echo "finished"

' Waits for a task and ends the script with its error if it has one.
Sub Finish(what, task)
    task.WaitForCompletion -1
    If task.Error <> 0 Then
        WScript.Echo what & " failed: 0x" & Hex(task.Error) & " " & task.ErrorDescription
        WScript.Quit 1
    End If
End Sub

' Wine 8's script host has no Sleep: there the clock is watched instead.
Sub WaitASecond()
    Dim start
    On Error Resume Next
    WScript.Sleep 1000
    If Err.Number = 0 Then Exit Sub
    start = Timer
    Do While Timer >= start And Timer < start + 1
    Loop
End Sub

Sub Show(when)
    WScript.Echo vm.Name & "  state " & vm.State & "  sent " & figures.NetworkBytesSent & "  received " & figures.NetworkBytesReceived & "  (" & when & ")"
End Sub
