/* Stands in for a hypervisor that cannot start: says why and dies. */
#include <stdio.h>

int main(void)
{
    fprintf(stderr, "dying engine: first words\n");
    fprintf(stderr, "dying engine: the last words of a dying engine\n");
    return 1;
}
