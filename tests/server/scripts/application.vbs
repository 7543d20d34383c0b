' What a VBScript sees: CreateObject, For Each, default members, and the text of a failure in Err.
'
'   cscript //nologo application.vbs FOLDER
'
' FOLDER is where the configurations go; VPC_HOME names the home folder. The last line counts the checks that failed.
Option Explicit

Const NameInvalid = &HA0040402, NotImplemented = &H80004001, BadIndex = &H8002000B

Dim failures, vpc, machines, vm, names, folder, caught
failures = 0
folder = WScript.Arguments(0)

Sub Check(what, actual, expected)
    If actual = expected Then Exit Sub
    failures = failures + 1
    WScript.Echo "FAILED: " & what & " is '" & actual & "', not '" & expected & "'"
End Sub

' The failure that has just happened, and an Err that is clear again.
Sub CheckError(what, number, source, description)
    Check what & ": Err.Number", Hex(Err.Number), Hex(number)
    Check what & ": Err.Source", Err.Source, source
    If description = "" Then
        Check what & ": Err.Description is there", Err.Description <> "", True
    Else
        Check what & ": Err.Description", Err.Description, description
    End If
    Err.Clear
End Sub

Set vpc = CreateObject("VirtualPC.Application")
' Wine's TypeName gives the interface: the documented one with members of our own after it.
Check "TypeName", TypeName(vpc), "IVMVirtualPC2"
Check "versioned name", CreateObject("VirtualPC.Application.1").Name, vpc.Name
Check "Count at first", vpc.VirtualMachines.Count, 0

vpc.CreateVirtualMachine "Red", folder
vpc.CreateVirtualMachine "Green", folder
Set machines = vpc.VirtualMachines
Check "Count", machines.Count, 2
Check "Item", machines.Item(1).Name, machines(1).Name

names = ""
For Each vm In machines
    names = names & vm.Name & ";"
Next
Check "For Each", names = "Red;Green;" Or names = "Green;Red;", True

Set vm = vpc.FindVirtualMachine("red")
Check "FindVirtualMachine", vm.Name, "Red"
Check "default property", vm & "", "Red"
vm.Notes = "one" & vbCrLf & "two"
Check "Notes", vm.Notes, "one" & vbCrLf & "two"
Check "nothing found", vpc.FindVirtualMachine("no such") Is Nothing, True
Check "DECIMAL", TypeName(vm.Accountant.NetworkBytesSent), "Decimal"

On Error Resume Next
vpc.CreateVirtualMachine "a*b", folder
CheckError "forbidden character", NameInvalid, "VirtualPC.IVMVirtualPC", ""
Set caught = machines.Item(3)
CheckError "index too large", BadIndex, "VirtualPC.IVMVirtualMachineCollection", "index 3 is not between 1 and 2"
caught = vpc.SearchPaths
CheckError "not built", NotImplemented, "VirtualPC.IVMVirtualPC", "IVMVirtualPC.SearchPaths is not built yet"
Check "no error is left", vpc.VirtualMachines.Count & " " & Err.Number, "2 0"
On Error GoTo 0

For Each vm In machines
    vpc.DeleteVirtualMachine vm
Next
Check "Count at last", vpc.VirtualMachines.Count, 0
WScript.Echo "checks that failed: " & failures
WScript.Quit failures
