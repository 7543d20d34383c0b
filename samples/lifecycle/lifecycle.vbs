' A day in the life of a VM: start, pause, resume, save, restore, and a saved state that is thrown away.
'
'   cscript //nologo lifecycle.vbs FOLDER
'
' FOLDER is where the configuration goes. The VM has no disk: nothing but its life is shown.
Option Explicit

Const TurnedOff = 1, Saved = 2, Running = 5, Paused = 6
Const VMName = "Lifecycle script"

Dim vpc, vm
If WScript.Arguments.Count < 1 Then
    WScript.Echo "usage: cscript //nologo lifecycle.vbs FOLDER"
    WScript.Quit 2
End If
Set vpc = CreateObject("VirtualPC.Application")
Set vm = vpc.CreateVirtualMachine(VMName, WScript.Arguments(0))
vm.Memory = 64

Finish vm.Startup(), Running

' Pause and Resume are done when they return.
vm.Pause
Expect Paused
On Error Resume Next
vm.Pause
WScript.Echo "once more: 0x" & Hex(Err.Number) & " " & Err.Description
Err.Clear
On Error GoTo 0
vm.Resume
Expect Running

' Saving is a task: the VM goes through Saving, and is off when it is Saved.
Finish vm.Save(), Saved
WScript.Echo "saved in " & vm.SavedStateFilePath

' Starting a saved VM restores it. Its counters begin at zero, and the file is gone.
Finish vm.Startup(), Running

' A saved state that nobody wants any more.
Finish vm.Save(), Saved
vm.DiscardSavedState
Expect TurnedOff

vpc.DeleteVirtualMachine vm
WScript.Echo "finished"

' Follows a task to its end, and ends the script with its error if it has one.
Sub Finish(task, wanted)
    Do Until task.IsComplete
        WScript.Echo task.Description & ": " & task.PercentCompleted & " %"
        task.WaitForCompletion 500
    Loop
    If task.Result <> 0 Then
        WScript.Echo task.Description & " failed: 0x" & Hex(task.Error) & " " & task.ErrorDescription
        WScript.Quit 1
    End If
    Expect wanted
End Sub

Sub Expect(wanted)
    If vm.State <> wanted Then
        WScript.Echo "state " & vm.State & ", not " & wanted
        WScript.Quit 1
    End If
    WScript.Echo "state " & vm.State
End Sub
