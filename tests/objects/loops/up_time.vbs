' Seconds that each virtual machine has been up.
On Error Resume Next
Set objVPC = CreateObject("VirtualPC.Application")
Set colVMs = objVPC.VirtualMachines

For Each objVM in colVMs
    Wscript.Echo objVM.Name & ": " & objVM.Accountant.UpTime
Next
