/// What database sessions of ours bring along.
package enum SessionSettings {
    package static let all = [
        // A lost client never holds a lock for long.
        "lock_timeout": "1s", "idle_in_transaction_session_timeout": "2s",
        "client_connection_check_interval": "1s",
        // Nor one that is cut off in the middle of a pipeline: the server waits for the rest, and its other
        // limits begin only when a statement runs or a transaction is idle.
        "tcp_keepalives_idle": "2", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "3",
        "tcp_user_timeout": "3s",
        // Everything is found by an index. A plan is kept for as long as the server knows nothing new of
        // its tables, and one made while they were empty would read all of a million rows.
        "enable_seqscan": "off",
        // Statements are short: compiling them, or calling other processes in, takes longer than they do.
        "jit": "off", "max_parallel_workers_per_gather": "0",
    ]
}
