/* The generated header and its identifiers: those that a client links, and what C and C++ see through a vtable. The
 * layout itself is checked when header_vtables.c and header_values.c are compiled. */
#include "contract.h"

#include "VPCCOMInterfaces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

HRESULT header_alone_c(IVMAccountant *accountant, VARIANT *bytes);
HRESULT header_alone_cpp(IVMAccountant *accountant, VARIANT *bytes);
bool header_uuid_cpp(void);

struct identifier {
    const char *name;
    const GUID *guid;
};

static const struct identifier interfaces[] = {
    {"IVMAccountant", &IID_IVMAccountant},
    {"IVMHardDiskConnection", &IID_IVMHardDiskConnection},
    {"IVMHardDiskConnectionCollection", &IID_IVMHardDiskConnectionCollection},
    {"IVMFloppyDrive", &IID_IVMFloppyDrive},
    {"IVMFloppyDriveCollection", &IID_IVMFloppyDriveCollection},
    {"IVMDVDDrive", &IID_IVMDVDDrive},
    {"IVMDVDDriveCollection", &IID_IVMDVDDriveCollection},
    {"IVMGuestOS", &IID_IVMGuestOS},
    {"IVMNetworkAdapter", &IID_IVMNetworkAdapter},
    {"IVMNetworkAdapterCollection", &IID_IVMNetworkAdapterCollection},
    {"IVMDisplay", &IID_IVMDisplay},
    {"IVMMouse", &IID_IVMMouse},
    {"IVMKeyboard", &IID_IVMKeyboard},
    {"IVMParallelPort", &IID_IVMParallelPort},
    {"IVMParallelPortCollection", &IID_IVMParallelPortCollection},
    {"IVMSerialPort", &IID_IVMSerialPort},
    {"IVMSerialPortCollection", &IID_IVMSerialPortCollection},
    {"IVMTask", &IID_IVMTask},
    {"IVMUSBDevice", &IID_IVMUSBDevice},
    {"IVMUSBDeviceCollection", &IID_IVMUSBDeviceCollection},
    {"IVMVirtualMachine", &IID_IVMVirtualMachine},
    {"IVMVirtualMachineCollection", &IID_IVMVirtualMachineCollection},
    {"IVMSupportDriver", &IID_IVMSupportDriver},
    {"IVMSupportDriverCollection", &IID_IVMSupportDriverCollection},
    {"IVMHostInfo", &IID_IVMHostInfo},
    {"IVMVirtualNetworkCollection", &IID_IVMVirtualNetworkCollection},
    {"IVMVirtualNetwork", &IID_IVMVirtualNetwork},
    {"IVMHardDisk", &IID_IVMHardDisk},
    {"IVMTaskCollection", &IID_IVMTaskCollection},
    {"IVMVirtualPC", &IID_IVMVirtualPC},
};

static const struct identifier extensions[] = {
    {"IVMAccountant2", &IID_IVMAccountant2},
    {"IVMAccountingSnapshot", &IID_IVMAccountingSnapshot},
    {"IVMNetworkAdapter2", &IID_IVMNetworkAdapter2},
    {"IVMUsage", &IID_IVMUsage},
    {"IVMUsageCollection", &IID_IVMUsageCollection},
    {"IVMVirtualPC2", &IID_IVMVirtualPC2},
};

static const struct identifier classes[] = {
    {"VMVirtualMachine", &CLSID_VMVirtualMachine},
    {"VMSupportDriver", &CLSID_VMSupportDriver},
    {"VMVirtualPC", &CLSID_VMVirtualPC},
    {"VMAccountant", &CLSID_VMAccountant},
    {"VMDisplay", &CLSID_VMDisplay},
    {"VMDVDDrive", &CLSID_VMDVDDrive},
    {"VMFloppyDrive", &CLSID_VMFloppyDrive},
    {"VMGuestOS", &CLSID_VMGuestOS},
    {"VMHardDiskConnection", &CLSID_VMHardDiskConnection},
    {"VMHardDisk", &CLSID_VMHardDisk},
    {"VMHostInfo", &CLSID_VMHostInfo},
    {"VMKeyboard", &CLSID_VMKeyboard},
    {"VMMouseDevice", &CLSID_VMMouseDevice},
    {"VMNetworkAdapter", &CLSID_VMNetworkAdapter},
    {"VMParallelPort", &CLSID_VMParallelPort},
    {"VMSerialPort", &CLSID_VMSerialPort},
    {"VMVirtualNetwork", &CLSID_VMVirtualNetwork},
    {"VMTask", &CLSID_VMTask},
    {"VMUSBDevice", &CLSID_VMUSBDevice},
};

static const struct identifier events[] = {
    {"IVMVirtualMachineEvents", &DIID_IVMVirtualMachineEvents},
    {"IVMVirtualPCEvents", &DIID_IVMVirtualPCEvents},
    {"IVMDVDDriveEvents", &DIID_IVMDVDDriveEvents},
    {"IVMFloppyDriveEvents", &DIID_IVMFloppyDriveEvents},
};

/* The identifier of that name as contract.h writes it. */
static void assert_identifier(const struct identifier *all, size_t count, const char *name, const char *want)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].name, name))
            continue;
        const GUID *g = all[i].guid;
        char text[40];
        snprintf(text, sizeof text, "%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned long)g->Data1,
                 g->Data2, g->Data3, g->Data4[0], g->Data4[1], g->Data4[2], g->Data4[3], g->Data4[4], g->Data4[5],
                 g->Data4[6], g->Data4[7]);
        if (strcmp(text, want))
            fail_msg("%s is %s, documented is %s", name, text, want);
        return;
    }
    fail_msg("%s has no identifier here", name);
}

static void test_header__identifiers_are_the_documented_ones(void **state)
{
    (void)state;
    static const struct identifier library = {CONTRACT_LIBRARY_NAME, &LIBID_VirtualPC};
    const size_t interface_count = sizeof interfaces / sizeof interfaces[0];
    const size_t class_count = sizeof classes / sizeof classes[0];
    const size_t event_count = sizeof events / sizeof events[0];
    assert_identifier(&library, 1, CONTRACT_LIBRARY_NAME, CONTRACT_LIBRARY_UUID);
    for (size_t i = 0; i < contract_interface_count(); i++)
        assert_identifier(interfaces, interface_count, contract_interface_at(i)->name, contract_interface_at(i)->iid);
    for (size_t i = 0; i < contract_extension_count; i++)
        assert_identifier(extensions, sizeof extensions / sizeof extensions[0], contract_extensions[i].face.name,
                          contract_extensions[i].face.iid);
    for (size_t i = 0; i < contract_class_count; i++)
        assert_identifier(classes, class_count, contract_classes[i].name, contract_classes[i].clsid);
    for (size_t i = 0; i < contract_event_count; i++)
        assert_identifier(events, event_count, contract_events[i].name, contract_events[i].iid);
}

static HRESULT STDMETHODCALLTYPE fake_get_NetworkBytesSent(IVMAccountant *This, VARIANT *bytesSent)
{
    assert_non_null(This);
    V_VT(bytesSent) = VT_I4;
    V_I4(bytesSent) = 1200;
    return S_FALSE;
}

/* C and C++ clients call the same slot. */
static void test_header__c_and_cpp_call_one_slot(void **state)
{
    (void)state;
    static const IVMAccountantVtbl vtbl = {.get_NetworkBytesSent = fake_get_NetworkBytesSent};
    IVMAccountant accountant = {.lpVtbl = (IVMAccountantVtbl *)&vtbl};
    VARIANT bytes = {0};
    assert_int_equal(header_alone_c(&accountant, &bytes), S_FALSE);
    assert_int_equal(V_I4(&bytes), 1200);
    V_I4(&bytes) = 0;
    assert_int_equal(header_alone_cpp(&accountant, &bytes), S_FALSE);
    assert_int_equal(V_I4(&bytes), 1200);
}

static void test_header__cpp_knows_identifiers_by_type(void **state)
{
    (void)state;
    assert_true(header_uuid_cpp());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header__identifiers_are_the_documented_ones),
        cmocka_unit_test(test_header__c_and_cpp_call_one_slot),
        cmocka_unit_test(test_header__cpp_knows_identifiers_by_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
