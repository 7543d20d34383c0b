#include "contract.h"
#include "contract_parts.h"

#include <string.h>

size_t contract_interface_count(void)
{
    return contract_application_count + contract_machine_count + contract_devices_count + contract_guest_count;
}

const struct contract_interface *contract_interface_at(size_t index)
{
    if (index < contract_application_count)
        return &contract_application[index];
    index -= contract_application_count;
    if (index < contract_machine_count)
        return &contract_machine[index];
    index -= contract_machine_count;
    if (index < contract_devices_count)
        return &contract_devices[index];
    return &contract_guest[index - contract_devices_count];
}

const struct contract_interface *contract_find_interface(const char *name)
{
    for (size_t i = 0; i < contract_interface_count(); i++) {
        if (!strcmp(contract_interface_at(i)->name, name))
            return contract_interface_at(i);
    }
    return NULL;
}

size_t contract_param_count(const struct contract_member *member)
{
    size_t count = 0;
    while (count < CONTRACT_MAX_PARAMS && member->params[count].type)
        count++;
    return count;
}
