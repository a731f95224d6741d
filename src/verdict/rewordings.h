/* What versions of Python say in other words. */
#ifndef VERDICT_REWORDINGS_H
#define VERDICT_REWORDINGS_H

/* The message as newer versions say it; NULL: it is as it stands. Caller
   frees. */
char *pb_reworded(const char *type, const char *message);

#endif
