' Processor use of the past minute of each virtual machine: how many seconds, and whether each is a percentage.
On Error Resume Next
Set objVPC = CreateObject("VirtualPC.Application")
Set colVMs = objVPC.VirtualMachines

For Each objVM in colVMs
    intSeconds = 0
    intOdd = 0
    For Each intPercent in objVM.Accountant.CPUHistory
        intSeconds = intSeconds + 1
        If intPercent < 0 Or intPercent > 100 Then intOdd = intOdd + 1
    Next
    Wscript.Echo objVM.Name & ": " & intSeconds & " seconds, " & intOdd & " odd"
Next
