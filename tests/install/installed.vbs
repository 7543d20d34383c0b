' installed.vbs FOLDER NAME: a VM, made, run and turned off by what is installed.
Set vpc = CreateObject("VirtualPC.Application")
Set vm = vpc.CreateVirtualMachine(WScript.Arguments(1), WScript.Arguments(0) & "\" & WScript.Arguments(1))
vm.Startup().WaitForCompletion -1
state = vm.State
vm.TurnOff().WaitForCompletion -1
WScript.Echo "state " & state & ", then " & vm.State & ", finished"
