// libpq, and the few things beside it that Swift cannot import by itself: character macros, and
// functions of glibc that its module map leaves out.
#pragma once

#include <libpq-fe.h>
#include <pthread.h>
#include <sys/eventfd.h>

// glibc shows this one only under _GNU_SOURCE.
int pthread_setname_np(pthread_t thread, const char *name);

static const int clibpq_diag_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int clibpq_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int clibpq_diag_message = PG_DIAG_MESSAGE_PRIMARY;
static const int clibpq_diag_table = PG_DIAG_TABLE_NAME;
static const int clibpq_diag_constraint = PG_DIAG_CONSTRAINT_NAME;
static const int clibpq_diag_function = PG_DIAG_SOURCE_FUNCTION;
