#include "objects/object_list.h"

#include <stdlib.h>
#include "com/error.h"

HRESULT object_list_add(const struct com_class *class, struct object_list *list, IDispatch *item)
{
    if (list->count == list->capacity) {
        LONG capacity = list->capacity ? 2 * list->capacity : 8;
        IDispatch **items = CoTaskMemRealloc(list->items, (SIZE_T)capacity * sizeof(*items));
        if (!items) {
            IDispatch_Release(item);
            return com_fail(class, E_OUTOFMEMORY, "out of memory");
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return S_OK;
}

void object_list_clear(struct object_list *list)
{
    for (LONG i = 0; i < list->count; i++)
        IDispatch_Release(list->items[i]);
    CoTaskMemFree(list->items);
    *list = (struct object_list){0};
}

/* What both kinds of collection have as context. */
struct listing {
    const struct com_class *class;
    struct object_list members; /* of a snapshot */
    object_list_fill fill;      /* of a live one, NULL otherwise */
    void (*release)(void *context);
    void *context;
};

/* The members of now, referenced. */
static HRESULT listing_members(const struct listing *listing, struct object_list *list)
{
    HRESULT hr = S_OK;
    *list = (struct object_list){0};
    if (listing->fill)
        hr = listing->fill(listing->context, list);
    for (LONG i = 0; i < listing->members.count && SUCCEEDED(hr); i++) {
        IDispatch_AddRef(listing->members.items[i]);
        hr = object_list_add(listing->class, list, listing->members.items[i]);
    }
    if (FAILED(hr))
        object_list_clear(list);
    return hr;
}

static HRESULT listing_count(void *context, LONG *count)
{
    const struct listing *listing = context;
    struct object_list list;
    HRESULT hr;
    *count = listing->members.count;
    if (!listing->fill)
        return S_OK;
    if (FAILED(hr = listing_members(listing, &list)))
        return hr;
    *count = list.count;
    object_list_clear(&list);
    return S_OK;
}

static HRESULT listing_item(void *context, LONG index, IDispatch **item)
{
    struct object_list list;
    HRESULT hr;
    *item = NULL;
    if (FAILED(hr = listing_members(context, &list)))
        return hr;
    if (index < list.count) {
        *item = list.items[index];
        IDispatch_AddRef(*item);
    } else {
        hr = DISP_E_BADINDEX;
    }
    object_list_clear(&list);
    return hr;
}

static HRESULT listing_all(void *context, IDispatch ***items, LONG *count)
{
    struct object_list list;
    HRESULT hr = listing_members(context, &list);
    *items = list.items;
    *count = list.count;
    return hr;
}

static void listing_release(void *context)
{
    struct listing *listing = context;
    object_list_clear(&listing->members);
    if (listing->release)
        listing->release(listing->context);
    free(listing);
}

static const struct com_collection_source listing_source = {
    .count = listing_count,
    .item = listing_item,
    .all = listing_all,
    .release = listing_release,
};

HRESULT object_list_snapshot(const struct com_class *class, struct object_list *list, IDispatch **collection)
{
    struct listing *listing = calloc(1, sizeof *listing);
    *collection = NULL;
    if (!listing) {
        object_list_clear(list);
        return com_fail(class, E_OUTOFMEMORY, "out of memory");
    }
    listing->class = class;
    listing->members = *list;
    *list = (struct object_list){0};
    return com_collection_create(class, &listing_source, listing, collection);
}

HRESULT object_list_live(const struct com_class *class, object_list_fill fill, void (*release)(void *context),
                         void *context, IDispatch **collection)
{
    struct listing *listing = calloc(1, sizeof *listing);
    *collection = NULL;
    if (!listing) {
        release(context);
        return com_fail(class, E_OUTOFMEMORY, "out of memory");
    }
    listing->class = class;
    listing->fill = fill;
    listing->release = release;
    listing->context = context;
    return com_collection_create(class, &listing_source, listing, collection);
}
