' Processor use on record for each virtual machine: an array (8192) of bytes (17).
On Error Resume Next
Set objVPC = CreateObject("VirtualPC.Application")
Set colVMs = objVPC.VirtualMachines

For Each objVM in colVMs
    arrHistory = objVM.Accountant.CPUUtilizationHistory
    Wscript.Echo objVM.Name & ": " & VarType(arrHistory)
Next
