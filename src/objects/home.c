#include "objects/home.h"

#include <stdlib.h>
#include "objects/out.h"

bool home_open(struct home **home, struct vpc_error *err)
{
    struct home *made = calloc(1, sizeof *made);
    *home = NULL;
    if (!made)
        return fail_out_of_memory(err);
    if (!catalog_open(&made->catalog, err)) {
        free(made);
        return false;
    }
    made->references = 1;
    *home = made;
    return true;
}

struct home *home_share(struct home *home)
{
    InterlockedIncrement(&home->references);
    return home;
}

void home_release(struct home *home)
{
    if (!home || InterlockedDecrement(&home->references))
        return;
    catalog_close(&home->catalog);
    free(home);
}
