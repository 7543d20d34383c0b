' Present processor use of each virtual machine.
On Error Resume Next
Set objVPC = CreateObject("VirtualPC.Application")
Set colVMs = objVPC.VirtualMachines

For Each objVM in colVMs
    Wscript.Echo objVM.Name & ": " & objVM.Accountant.CPUUtilization
Next
