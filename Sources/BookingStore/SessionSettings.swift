/// What database sessions of ours bring along.
package enum SessionSettings {
    package static let all = [
        // A lost client never holds a lock for long.
        "lock_timeout": "1s", "idle_in_transaction_session_timeout": "2s",
        "client_connection_check_interval": "1s",
        // Everything is found by an index. A plan is kept for as long as the server knows nothing new of
        // its tables, and one made while they were empty would read all of a million rows.
        "enable_seqscan": "off",
        // Statements are short: compiling them, or calling other processes in, takes longer than they do.
        "jit": "off", "max_parallel_workers_per_gather": "0",
    ]
}
