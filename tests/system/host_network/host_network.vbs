' A VM on the network of a TAP device: two sessions, each from power-on until its guest has sent something.
Option Explicit
Dim vpc, network, vm, adapter, figures, before, start, i

Sub Expect(what, expected, actual)
    If CStr(expected) <> CStr(actual) Then
        WScript.Echo what & " is '" & actual & "', not '" & expected & "'"
        WScript.Quit 1
    End If
End Sub

Sub Finish(task)
    task.WaitForCompletion 120000
    Expect "the task's error", 0, task.Error
End Sub

Set vpc = CreateObject("VirtualPC.Application")
vpc.SetConfigurationValue "hypervisors/qemu/accelerator", "tcg"
Set network = vpc.FindVirtualNetwork(UCase(WScript.Arguments(0)))
Expect "Name", WScript.Arguments(0), network.Name
Expect "HostAdapter", WScript.Arguments(0), network.HostAdapter
Expect "MediaType", False, network.MediaType
Expect "number of networks", 3, vpc.VirtualNetworks.Count

Set vm = vpc.CreateVirtualMachine("Host network", WScript.Arguments(1))
vm.Memory = 64
Set adapter = vm.AddNetworkAdapter()
adapter.AttachToVirtualNetwork network
Expect "network of the adapter", WScript.Arguments(0), adapter.VirtualNetwork.Name
Expect "adapters of the network", 1, network.NetworkAdapters.Count
Expect "unconnected adapters", 0, vpc.UnconnectedNetworkAdapters.Count

Set figures = vm.Accountant
For i = 1 To 2
    Finish vm.Startup()
    ' Wine 8's script host has no Sleep.
    Do Until figures.NetworkBytesSent > 0
    Loop
    vm.Pause
    ' A paused guest sends nothing more, and its figures are soon as old as the pause: two looks that agree have seen it all.
    Do
        before = figures.NetworkBytesSent
        start = Timer
        Do While Timer >= start And Timer < start + 2
        Loop
    Loop Until figures.NetworkBytesSent = before
    WScript.Echo "session " & i & " sent " & figures.NetworkBytesSent & " received " & figures.NetworkBytesReceived
    Finish vm.TurnOff()
Next
WScript.Echo "finished"
