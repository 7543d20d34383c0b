/*
 * Objects made with src/com for its own tests: a serial port, a machine that has a name, a collection of ports.
 */
#ifndef VPC_TESTS_COM_SAMPLES_H
#define VPC_TESTS_COM_SAMPLES_H

#include "VPCCOMInterfaces.h"
#include "com/object.h"

#include <stdbool.h>

extern const struct com_class sample_port_class;
extern const struct com_class sample_machine_class;

/* What the last Configure of any port was given. */
struct sample_configured {
    VMSerialPortType type;
    WCHAR name[32];
    VARIANT_BOOL connect;
};
extern struct sample_configured sample_configured;

/* RemoveNetworkAdapter of a machine was called. */
extern bool sample_adapter_removed;

/* A port whose _ID is `id`. get_Name of it is not built, get_ConnectImmediately fails with E_FAIL and a text. */
HRESULT sample_port_create(LONG id, IVMSerialPort **port);

/* A machine: get_Name and put_Name, and RemoveNetworkAdapter; other slots are empty.
 * DISPID 0 is the name. */
HRESULT sample_machine_create(IVMVirtualMachine **machine);

/* A collection of `count` ports with the IDs 0, 1, ... `count` is read at each call. */
HRESULT sample_ports_create(const LONG *count, IVMSerialPortCollection **ports);

#endif
