/* A program as it should not be: without any protection (CMakeLists.txt) and with a library that is not the system's. */
int stranger(void);

int main(void)
{
    return stranger();
}
