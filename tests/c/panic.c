/* A panic inside the library comes back as a status, and the program goes on. Needs the feature
 * injected-panic of kneepose-capi. */
#include <stdio.h>
#include <string.h>

#include "kneepose.h"

KneeposeStatus kneepose_injected_panic(void);

int main(void)
{
    char message[256];
    for (int i = 0; i < 3; i++)
        if (kneepose_injected_panic() != KNEEPOSE_STATUS_INTERNAL)
            return 1;
    kneepose_last_error(message, sizeof message);
    puts(message);
    return strstr(message, "planted by a test") == NULL || kneepose_angle_name(0) == NULL;
}
