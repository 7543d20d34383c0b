#include "objects/virtual_machine_list.h"

#include <string.h>
#include "com/error.h"
#include "objects/object_list.h"
#include "objects/virtual_machine.h"

static const struct com_class virtual_machine_collection_class = {
    .name = L"IVMVirtualMachineCollection",
    .iid = &IID_IVMVirtualMachineCollection,
    .destroy = com_collection_destroy,
};

static HRESULT virtual_machine_list_entries(struct home *home, struct catalog_entry **entries, size_t *count,
                                            struct home_look *look)
{
    struct vpc_error err;
    *look = home_look(home);
    return catalog_list(&home->catalog, entries, count, &err) ? S_OK
                                                              : com_fail_error(&virtual_machine_collection_class, &err);
}

/* The object of an entry, whose content it takes. */
static HRESULT virtual_machine_list_open(struct home *home, struct catalog_entry *entry, const struct home_look *look,
                                         IDispatch **item)
{
    struct machine *machine;
    struct vpc_error err;
    *item = NULL;
    if (!machine_open_seen(&machine, home, entry, look, &err))
        return com_fail_error(&virtual_machine_collection_class, &err);
    HRESULT hr = virtual_machine_create(machine, (IVMVirtualMachine **)item);
    machine_release(machine);
    return hr;
}

static HRESULT virtual_machine_list_count(void *context, LONG *count)
{
    struct catalog_entry *entries;
    struct home_look look;
    size_t found;
    HRESULT hr = virtual_machine_list_entries(context, &entries, &found, &look);
    *count = 0;
    if (FAILED(hr))
        return hr;
    *count = (LONG)found;
    catalog_list_free(entries, found);
    return S_OK;
}

/* Makes the one object that is asked for: a walk by index over thousands of VMs must not make millions. */
static HRESULT virtual_machine_list_item(void *context, LONG index, IDispatch **item)
{
    struct catalog_entry *entries;
    struct home_look look;
    size_t found;
    HRESULT hr = virtual_machine_list_entries(context, &entries, &found, &look);
    *item = NULL;
    if (FAILED(hr))
        return hr;
    hr = (size_t)index < found ? virtual_machine_list_open(context, &entries[index], &look, item) : DISP_E_BADINDEX;
    catalog_list_free(entries, found);
    return hr;
}

static HRESULT virtual_machine_list_all(void *context, IDispatch ***items, LONG *count)
{
    struct object_list list = {0};
    struct catalog_entry *entries;
    struct home_look look;
    size_t found;
    HRESULT hr = virtual_machine_list_entries(context, &entries, &found, &look);
    *items = NULL;
    *count = 0;
    if (FAILED(hr))
        return hr;
    for (size_t i = 0; i < found && SUCCEEDED(hr); i++) {
        IDispatch *item;
        if (SUCCEEDED(hr = virtual_machine_list_open(context, &entries[i], &look, &item)))
            hr = object_list_add(&virtual_machine_collection_class, &list, item);
    }
    catalog_list_free(entries, found);
    if (FAILED(hr))
        object_list_clear(&list);
    *items = list.items;
    *count = list.count;
    return hr;
}

static void virtual_machine_list_release(void *context)
{
    home_release(context);
}

static const struct com_collection_source virtual_machine_list_source = {
    .count = virtual_machine_list_count,
    .item = virtual_machine_list_item,
    .all = virtual_machine_list_all,
    .release = virtual_machine_list_release,
};

HRESULT virtual_machine_collection_create(struct home *home, IVMVirtualMachineCollection **collection)
{
    return com_collection_create(&virtual_machine_collection_class, &virtual_machine_list_source, home_share(home),
                                 (IDispatch **)collection);
}
