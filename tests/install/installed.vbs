' installed.vbs FOLDER NAME: a VM, made or found, run and turned off by what is installed.
Set vpc = CreateObject("VirtualPC.Application")
Set vm = vpc.FindVirtualMachine(WScript.Arguments(1))
word = "found"
If vm Is Nothing Then
    Set vm = vpc.CreateVirtualMachine(WScript.Arguments(1), WScript.Arguments(0) & "\" & WScript.Arguments(1))
    word = "made"
End If
vm.Startup().WaitForCompletion -1
state = vm.State
vm.TurnOff().WaitForCompletion -1
WScript.Echo word & ", state " & state & ", then " & vm.State & ", finished"
