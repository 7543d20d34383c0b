// What a JScript sees: new ActiveXObject, Enumerator, default members, and the text of a failure in the exception.
//
//   cscript //nologo application.js FOLDER
//
// FOLDER is where the configurations go; VPC_HOME names the home folder. The last line counts the checks that failed.
var NAME_INVALID = 0xA0040402, NOT_IMPLEMENTED = 0x80004001, BAD_INDEX = 0x8002000B;
var failures = 0;
var folder = WScript.Arguments(0);

function check(what, actual, expected) {
    if (actual === expected)
        return;
    failures++;
    WScript.Echo("FAILED: " + what + " is '" + actual + "', not '" + expected + "'");
}

// `call` must throw this number with this text (null: any text but none).
function checkError(what, number, description, call) {
    var caught = null;
    try {
        call();
    } catch (e) {
        caught = e;
    }
    check(what + ": throws", caught !== null, true);
    if (caught === null)
        return;
    check(what + ": number", caught.number >>> 0, number);
    if (description === null)
        check(what + ": description is there", caught.description !== "", true);
    else
        check(what + ": description", caught.description, description);
}

var vpc = new ActiveXObject("VirtualPC.Application");
check("versioned name", new ActiveXObject("VirtualPC.Application.1").Name, vpc.Name);
check("Count at first", vpc.VirtualMachines.Count, 0);

vpc.CreateVirtualMachine("Red", folder);
vpc.CreateVirtualMachine("Green", folder);
var machines = vpc.VirtualMachines;
check("Count", machines.Count, 2);
check("Item", machines.Item(1).Name, machines(1).Name);

var names = [];
for (var e = new Enumerator(machines); !e.atEnd(); e.moveNext())
    names.push(e.item().Name);
check("Enumerator", names.sort().join(), "Green,Red");

var vm = vpc.FindVirtualMachine("red");
check("FindVirtualMachine", vm.Name, "Red");
check("default property", vm + "", "Red");
vm.Notes = "one\r\ntwo";
check("Notes", vm.Notes, "one\r\ntwo");
check("nothing found", vpc.FindVirtualMachine("no such"), null);

checkError("forbidden character", NAME_INVALID, null, function () { vpc.CreateVirtualMachine("a*b", folder); });
checkError("index too large", BAD_INDEX, "index 3 is not between 1 and 2", function () { return machines.Item(3); });
checkError("not built", NOT_IMPLEMENTED, "IVMVirtualPC.SearchPaths is not built yet", function () { return vpc.SearchPaths; });

for (e = new Enumerator(machines); !e.atEnd(); e.moveNext())
    vpc.DeleteVirtualMachine(e.item());
check("Count at last", vpc.VirtualMachines.Count, 0);
WScript.Echo("checks that failed: " + failures);
WScript.Quit(failures);
