/* One server, between services.c and service_start.c. */
#ifndef PYBISECT_RECIPE_SERVICES_PRIVATE_H
#define PYBISECT_RECIPE_SERVICES_PRIVATE_H

#include "pybisect/server.h"
#include "recipe/services.h"

struct service {
    const struct pb_recipe_need *need; /* borrowed */
    struct pb_server *server;
    char *directory; /* {tmp} */
    char *log;
    char port[PB_PORT_TEXT];
};

/* PATH, and where only administrators look. Caller frees. */
char *pb_service_path(void);

/* With the placeholders of `needs` filled in. Caller frees. */
char *pb_service_expand(const struct pb_workspace *workspace,
                        const struct service *service, const char *text);

/* Runs `init`, starts it and waits until it is ready. -1 leaves nothing
   running. */
int pb_service_start(const struct pb_workspace *workspace,
                     struct service *service, const struct pb_cancel *cancel,
                     struct pb_error *err);

/* The last line of its log that is not blank, "" if there is none. Caller
   frees. */
char *pb_service_last_line(const struct service *service);

#endif
