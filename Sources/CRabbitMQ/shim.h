#ifndef CRABBITMQ_SHIM_H
#define CRABBITMQ_SHIM_H

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

/* Not in Swift's Glibc module; a connection's thread polls one beside its socket. */
#include <sys/eventfd.h>

/* Swift cannot call variadic functions; everything else in the headers it imports by itself. */
static inline amqp_rpc_reply_t crabbitmq_login_plain(
    amqp_connection_state_t state, const char *virtual_host, int channel_max, int frame_max,
    int heartbeat_seconds, const amqp_table_t *client_properties, const char *username,
    const char *password) {
  return amqp_login_with_properties(state, virtual_host, channel_max, frame_max,
                                    heartbeat_seconds, client_properties,
                                    AMQP_SASL_METHOD_PLAIN, username, password);
}

#endif
