/* Exit codes of vpcctl; a contract with scripts, printed on its page of documentation. */
#ifndef VPC_CTL_EXIT_CODE_H
#define VPC_CTL_EXIT_CODE_H

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1, /* a call failed; stderr has a line for each */
    EXIT_CODE_USAGE = 2,  /* unknown command, option or value; nothing was done */
    EXIT_CODE_NO_VM = 3,  /* no virtual machine has this name */
    EXIT_CODE_NO_API = 4, /* VPCCOMInterfaces.dll is not registered, or cannot be used */
    EXIT_CODE_OUTPUT = 5  /* the output cannot be written */
};

#endif
