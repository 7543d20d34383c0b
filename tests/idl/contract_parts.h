/* The parts that contract.c joins; users take contract.h. */
#ifndef VPC_TESTS_IDL_CONTRACT_PARTS_H
#define VPC_TESTS_IDL_CONTRACT_PARTS_H

#include "contract.h"

extern const struct contract_interface contract_application[];
extern const size_t contract_application_count;
extern const struct contract_interface contract_machine[];
extern const size_t contract_machine_count;
extern const struct contract_interface contract_devices[];
extern const size_t contract_devices_count;
extern const struct contract_interface contract_guest[];
extern const size_t contract_guest_count;

#endif
