/* Network adapters and the networks that they are plugged into. */
#include "objects_check.h"

#include <string.h>
#include <wchar.h>

static LONG count_of(IVMNetworkAdapterCollection *adapters)
{
    LONG count = -1;
    assert_hresult(IVMNetworkAdapterCollection_get_Count(adapters, &count), S_OK);
    assert_last_release(adapters);
    return count;
}

static LONG count_adapters(IVMVirtualMachine *vm)
{
    IVMNetworkAdapterCollection *adapters;
    assert_hresult(IVMVirtualMachine_get_NetworkAdapters(vm, &adapters), S_OK);
    return count_of(adapters);
}

static LONG count_unconnected(const struct fixture *fixture)
{
    IVMNetworkAdapterCollection *adapters;
    assert_hresult(IVMVirtualPC_get_UnconnectedNetworkAdapters(fixture->application, &adapters), S_OK);
    return count_of(adapters);
}

static LONG count_plugged(IVMVirtualNetwork *network)
{
    IVMNetworkAdapterCollection *adapters;
    assert_hresult(IVMVirtualNetwork_get_NetworkAdapters(network, &adapters), S_OK);
    return count_of(adapters);
}

static IVMVirtualNetwork *network_named(const struct fixture *fixture, const WCHAR *name)
{
    IVMVirtualNetwork *network;
    assert_hresult(IVMVirtualPC_FindVirtualNetwork(fixture->application, text(name), &network), S_OK);
    return network;
}

static void test_network_adapter__four_and_no_more(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    LONG before = count_adapters(vm);
    IVMNetworkAdapter *adapters[4], *more = (IVMNetworkAdapter *)1;
    LONG id, ids = 0;
    for (LONG i = before; i < 4; i++) {
        assert_hresult(IVMVirtualMachine_AddNetworkAdapter(vm, &adapters[i]), S_OK);
        assert_hresult(IVMNetworkAdapter__ID(adapters[i], &id), S_OK);
        assert_int_equal(ids & 1 << id, 0);
        ids |= 1 << id;
    }
    assert_int_equal(count_adapters(vm), 4);
    assert_refused(IVMVirtualMachine_AddNetworkAdapter(vm, &more), VM_E_PREF_ILLEGAL_VALUE, L"4");
    assert_null(more);
    assert_refused(IVMVirtualMachine_AddNetworkAdapter(vm, NULL), E_POINTER, L"networkAdapter is NULL");
    assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(vm, adapters[2]), S_OK);
    assert_int_equal(count_adapters(vm), 3);
    assert_refused(IVMNetworkAdapter__ID(adapters[2], &id), DISP_E_EXCEPTION, L"removed");
    assert_refused(IVMVirtualMachine_RemoveNetworkAdapter(vm, adapters[2]), DISP_E_EXCEPTION, L"removed");
    for (LONG i = before; i < 4; i++)
        assert_last_release(adapters[i]);
    assert_last_release(vm);
}

static void test_network_adapter__RemoveNetworkAdapter_wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *other = fixture_create(fixture, L"Red");
    IVMNetworkAdapter *adapter;
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(other, &adapter), S_OK);
    assert_refused(IVMVirtualMachine_RemoveNetworkAdapter(vm, NULL), E_POINTER, L"networkAdapter is NULL");
    assert_refused(IVMVirtualMachine_RemoveNetworkAdapter(vm, adapter), E_INVALIDARG, L"networkAdapter");
    assert_refused(IVMVirtualMachine_RemoveNetworkAdapter(vm, (IVMNetworkAdapter *)vm), E_INVALIDARG,
                   L"networkAdapter");
    assert_last_release(adapter);
    assert_last_release(other);
    assert_last_release(vm);
}

static void test_network_adapter__plugging(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *owner;
    IVMVirtualNetwork *nat = network_named(fixture, L"shared networking (nat)");
    IVMVirtualNetwork *internal = network_named(fixture, L"Internal Network"), *network;
    LONG unconnected = count_unconnected(fixture), plugged = count_plugged(nat);
    IVMNetworkAdapter *adapter;
    BSTR name;
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(vm, &adapter), S_OK);
    assert_hresult(IVMNetworkAdapter_get_VirtualNetwork(adapter, &network), S_FALSE);
    assert_null(network);
    assert_int_equal(count_unconnected(fixture), unconnected + 1);

    assert_hresult(IVMNetworkAdapter_AttachToVirtualNetwork(adapter, nat), S_OK);
    assert_hresult(IVMNetworkAdapter_get_VirtualNetwork(adapter, &network), S_OK);
    assert_hresult(IVMVirtualNetwork_get_Name(network, &name), S_OK);
    assert_text(name, L"Shared Networking (NAT)");
    assert_last_release(network);
    assert_int_equal(count_unconnected(fixture), unconnected);
    assert_int_equal(count_plugged(nat), plugged + 1);

    /* Plugged in elsewhere it moves. */
    assert_hresult(IVMNetworkAdapter_AttachToVirtualNetwork(adapter, internal), S_OK);
    assert_int_equal(count_plugged(nat), plugged);
    assert_int_equal(count_plugged(internal), 1);

    assert_hresult(IVMNetworkAdapter_DetachFromVirtualNetwork(adapter), S_OK);
    assert_hresult(IVMNetworkAdapter_DetachFromVirtualNetwork(adapter), S_OK);
    assert_int_equal(count_plugged(internal), 0);
    assert_int_equal(count_unconnected(fixture), unconnected + 1);

    assert_refused(IVMNetworkAdapter_AttachToVirtualNetwork(adapter, NULL), E_POINTER, L"virtualNetwork is NULL");
    assert_refused(IVMNetworkAdapter_AttachToVirtualNetwork(adapter, (IVMVirtualNetwork *)vm), E_INVALIDARG,
                   L"virtualNetwork");
    assert_refused(IVMNetworkAdapter_get_VirtualNetwork(adapter, NULL), E_POINTER, L"virtualNetwork is NULL");
    assert_hresult(IVMNetworkAdapter_get_VirtualMachine(adapter, &owner), S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(owner, &name), S_OK);
    assert_text(name, L"Blue");
    assert_last_release(owner);

    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_refused(IVMNetworkAdapter_get_VirtualMachine(adapter, &owner), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMNetworkAdapter_AttachToVirtualNetwork(adapter, nat), VM_E_VM_UNKNOWN, L"Blue");
    assert_int_equal(count_unconnected(fixture), 0);
    assert_last_release(adapter);
    assert_last_release(internal);
    assert_last_release(nat);
    assert_last_release(vm);
}

/* A file from another host names a network that does not exist here. */
static void test_network_adapter__VirtualNetwork_of_another_host(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMVirtualNetwork *network = (IVMVirtualNetwork *)1;
    IVMNetworkAdapter *adapter;
    WCHAR key[160];
    VARIANT value;
    void *data;
    LONG id;
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(vm, &adapter), S_OK);
    assert_hresult(IVMNetworkAdapter__ID(adapter, &id), S_OK);
    swprintf(key, ARRAYSIZE(key), L"hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=%ld]/virtual_network/id",
             id);
    V_VT(&value) = VT_ARRAY | VT_UI1;
    V_ARRAY(&value) = SafeArrayCreateVector(VT_UI1, 0, 16);
    assert_hresult(SafeArrayAccessData(V_ARRAY(&value), &data), S_OK);
    memset(data, 0x77, 16);
    SafeArrayUnaccessData(V_ARRAY(&value));
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, text(key), value), S_OK);
    VariantClear(&value);
    assert_refused(IVMNetworkAdapter_get_VirtualNetwork(adapter, &network), VM_E_INVALID_VIRTUAL_NETWORK_ID, L"");
    assert_null(network);
    assert_last_release(adapter);
    assert_last_release(vm);
}

static void test_network_adapter__EthernetAddress(void **state)
{
    struct fixture *fixture = *state;
    static const WCHAR *const wrong[] = {
        L"", L"00-03-FF-4A-10", L"00:03:FF:4A:10:C2", L"00-03-FF-4A-10-G2", L"0003FF4A10C2", L"00-03-FF-4A-10-C2-"};
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMNetworkAdapter *adapter;
    VARIANT_BOOL dynamic;
    BSTR address;
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(vm, &adapter), S_OK);
    assert_hresult(IVMNetworkAdapter_get_EthernetAddress(adapter, &address), S_OK);
    assert_text(address, L"00-00-00-00-00-00");
    assert_hresult(IVMNetworkAdapter_get_IsEthernetAddressDynamic(adapter, &dynamic), S_OK);
    assert_int_equal(dynamic, VARIANT_TRUE);
    assert_refused(IVMNetworkAdapter_put_EthernetAddress(adapter, text(L"00-03-FF-4A-10-C2")),
                   VM_E_CANT_SET_DYNAMIC_MAC_ADDRESS, L"dynamic");
    assert_hresult(IVMNetworkAdapter_put_IsEthernetAddressDynamic(adapter, VARIANT_FALSE), S_OK);
    assert_hresult(IVMNetworkAdapter_put_EthernetAddress(adapter, text(L"00-03-ff-4a-10-C2")), S_OK);
    assert_hresult(IVMNetworkAdapter_get_EthernetAddress(adapter, &address), S_OK);
    assert_text(address, L"00-03-FF-4A-10-C2");
    for (size_t i = 0; i < ARRAYSIZE(wrong); i++)
        assert_refused(IVMNetworkAdapter_put_EthernetAddress(adapter, text(wrong[i])), E_INVALIDARG, wrong[i]);
    assert_refused(IVMNetworkAdapter_put_EthernetAddress(adapter, NULL), E_INVALIDARG, L"");
    assert_refused(IVMNetworkAdapter_get_EthernetAddress(adapter, NULL), E_POINTER, L"ethernetAddress is NULL");
    assert_refused(IVMNetworkAdapter_get_IsEthernetAddressDynamic(adapter, NULL), E_POINTER, L"isDynamic is NULL");
    assert_refused(IVMNetworkAdapter__ID(adapter, NULL), E_POINTER, L"identifier is NULL");
    assert_last_release(adapter);
    assert_last_release(vm);
}

static void test_virtual_network__FindVirtualNetwork(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualNetwork *network = (IVMVirtualNetwork *)1;
    assert_hresult(IVMVirtualPC_FindVirtualNetwork(fixture->application, text(L"No such"), &network), S_FALSE);
    assert_null(network);
    assert_refused(IVMVirtualPC_FindVirtualNetwork(fixture->application, NULL, &network), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualPC_FindVirtualNetwork(fixture->application, text(L""), &network), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualPC_FindVirtualNetwork(fixture->application, text(L"a"), NULL), E_POINTER,
                   L"virtualNetwork is NULL");
}

static void test_virtual_network__what_NAT_is(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualNetwork *nat = network_named(fixture, L"Shared Networking (NAT)"), *item;
    IVMVirtualNetworkCollection *networks;
    unsigned char expected[16];
    VARIANT_BOOL wireless;
    BSTR host_adapter;
    LONG count, upper;
    VARIANT id;
    void *data;
    memset(expected, 1, sizeof expected);
    assert_hresult(IVMVirtualNetwork__ID(nat, &id), S_OK);
    assert_int_equal(V_VT(&id), VT_ARRAY | VT_UI1);
    assert_hresult(SafeArrayGetUBound(V_ARRAY(&id), 1, &upper), S_OK);
    assert_int_equal(upper, 15);
    assert_hresult(SafeArrayAccessData(V_ARRAY(&id), &data), S_OK);
    assert_memory_equal(data, expected, 16);
    SafeArrayUnaccessData(V_ARRAY(&id));
    VariantClear(&id);
    assert_hresult(IVMVirtualNetwork_get_MediaType(nat, &wireless), S_OK);
    assert_int_equal(wireless, VARIANT_FALSE);
    assert_hresult(IVMVirtualNetwork_get_HostAdapter(nat, &host_adapter), S_OK);
    assert_text(host_adapter, L"");
    assert_hresult(IVMVirtualPC_get_VirtualNetworks(fixture->application, &networks), S_OK);
    assert_hresult(IVMVirtualNetworkCollection_get_Count(networks, &count), S_OK);
    assert_true(count >= 2); /* and one for each TAP device of this host */
    for (LONG i = 1; i <= count; i++) {
        assert_hresult(IVMVirtualNetworkCollection_get_Item(networks, i, &item), S_OK);
        assert_hresult(IVMVirtualNetwork_get_HostAdapter(item, &host_adapter), S_OK);
        assert_int_equal(SysStringLen(host_adapter) > 0, i > 2);
        SysFreeString(host_adapter);
        IVMVirtualNetwork_Release(item);
    }
    assert_hresult(IVMVirtualNetworkCollection_get_Item(networks, count + 1, &item), DISP_E_BADINDEX);
    assert_last_release(networks);
    assert_last_release(nat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_network_adapter__four_and_no_more, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_network_adapter__RemoveNetworkAdapter_wrong_use, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_network_adapter__plugging, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_network_adapter__VirtualNetwork_of_another_host, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_network_adapter__EthernetAddress, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_network__FindVirtualNetwork, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_network__what_NAT_is, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("network_adapter", tests, NULL, NULL);
}
