/* The kernel is asked for a free port, and says whether one is in use. */
#include "recipe/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in
address_of(unsigned long port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
    };
    return address;
}

static int
open_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

int
pb_port_find(char out[PB_PORT_TEXT], struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open_socket();
    struct sockaddr_in address = address_of(0);
    socklen_t length = sizeof(address);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0)
    {
        return pb_error_errno(err, errno, "cannot find a free port");
    }
    (void)snprintf(out, PB_PORT_TEXT, "%u", ntohs(address.sin_port));
    return 0;
}

bool
pb_port_answers(const char *port)
{
    PB_AUTOCLOSE int fd = open_socket();
    struct sockaddr_in address = address_of(strtoul(port, NULL, 10));
    struct sockaddr_in own = address_of(0);
    socklen_t length = sizeof(own);
    /* Nobody there, but by chance our own end got that very port: it then
       answers itself. */
    return fd >= 0 &&
           connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
           getsockname(fd, (struct sockaddr *)&own, &length) == 0 &&
           own.sin_port != address.sin_port;
}
