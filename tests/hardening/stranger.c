/* A library that somebody has put where ours are loaded from: leaves a sign when it is loaded. */
#include <windows.h>

__declspec(dllexport) int stranger(void);

int stranger(void)
{
    return 0;
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    WCHAR sign[MAX_PATH];
    (void)instance;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH && GetEnvironmentVariableW(L"VPC_TEST_SIGN", sign, MAX_PATH))
        CloseHandle(CreateFileW(sign, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    return TRUE;
}
