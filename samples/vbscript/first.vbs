Set vpc = CreateObject("VirtualPC.Application")
Set vm = vpc.CreateVirtualMachine("First", "C:\Machines\First")
vm.Memory = 256
Set nic = vm.AddNetworkAdapter()
nic.AttachToVirtualNetwork vpc.FindVirtualNetwork("Shared Networking (NAT)")
vm.Startup().WaitForCompletion -1
Do ' reading costs next to nothing
Loop Until vm.Accountant.UpTime >= 10
WScript.Echo vm.Name & " has sent " & vm.Accountant.NetworkBytesSent & " bytes"
vm.TurnOff().WaitForCompletion -1
