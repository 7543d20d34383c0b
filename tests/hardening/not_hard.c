/* A program as it should not be: without address randomisation and with a library that is not the system's. */
int stranger(void);

int main(void)
{
    return stranger();
}
