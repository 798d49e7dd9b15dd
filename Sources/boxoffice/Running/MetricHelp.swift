/// What the metrics are, for people who look at a scrape.
enum MetricHelp {
    static let texts: [String: String] = [
        "boxoffice_build_info": "Which program this is; always 1.",
        // The ingress.
        "boxoffice_http_requests_total": "Requests answered.",
        "boxoffice_http_request_seconds": "Time from a request to its answer, waiting included.",
        "boxoffice_http_connections": "Connections to the API that are open.",
        "boxoffice_http_connections_max": "How many connections to the API may be open.",
        "boxoffice_http_refusals_total":
            "Requests and connections refused before any route saw them, by cause.",
        "boxoffice_bookings_accepted_total": "Bookings answered with 202: safe with the broker.",
        "boxoffice_bookings_refused_total": "Bookings refused before they were accepted.",
        "boxoffice_booking_waiters": "Requests that wait for an outcome now.",
        "boxoffice_catalog_lookups_total": "Look-ups in the cache of events.",
        "boxoffice_catalog_loads_total": "Reads of events for the cache.",
        "boxoffice_event_page_lookups_total": "Look-ups in the cache of the event list.",
        "boxoffice_publish_batch_commands": "Commands in a message to the broker.",
        "boxoffice_publish_seconds": "Time until the broker had confirmed a message.",
        "boxoffice_publish_failures_total": "Messages that the broker did not take.",
        "boxoffice_rate_limit_decisions_total":
            "Requests by budget: allowed, limited (429), or observed (it would have been 429).",
        "boxoffice_outcomes_received_total": "Outcomes heard from workers.",
        "boxoffice_outcomes_unknown_total":
            "Outcomes in a status that only another version knows; they are in the databases.",
        "boxoffice_outcome_gaps_total": "Messages that showed that outcomes had not been heard.",
        "boxoffice_outcomes_recovered_total":
            "Outcomes that were waited for, not heard, and found in the databases.",
        // The worker.
        "boxoffice_batches_total": "Transactions committed.",
        "boxoffice_batch_commands": "Commands decided in a transaction.",
        "boxoffice_batch_decide_seconds":
            "Time to decide a batch: reading what the database knows of it, and the rules.",
        "boxoffice_batch_announce_seconds":
            "Time until the broker had a batch's outcomes, while the next is decided.",
        "boxoffice_batch_commit_seconds": "Time that a batch's transaction took.",
        "boxoffice_decisions_total": "Bookings decided, by what they came to.",
        "boxoffice_messages_total": "Messages taken from the queues.",
        "boxoffice_redeliveries_total": "Messages that the broker delivered again.",
        "boxoffice_repeated_commands_total": "Commands that had been decided before.",
        "boxoffice_version_conflicts_total": "Batches decided anew since somebody else wrote.",
        "boxoffice_fenced_batches_total": "Batches given up since the shard has a new owner.",
        "boxoffice_refused_batches_total": "Batches that the database refused: a bug.",
        "boxoffice_slow_lookups_total":
            "Look-ups of what buyers have, or of bookings, that were given up since they took too long.",
        "boxoffice_messages_unauthenticated_total":
            "Messages without a code, which older versions give none.",
        "boxoffice_messages_forged_total":
            "Messages with a code that none of the command secrets made; they are put aside.",
        "boxoffice_dead_letters_total": "Messages put aside since nobody could read them.",
        "boxoffice_outcomes_untold_total":
            "Messages with outcomes, or with letters, that the broker did not take, or not in time.",
        "boxoffice_shard_epoch": "How many owners the shard has had.",
        "boxoffice_shard_served": "1 while this worker serves the shard, else 0.",
        "boxoffice_parked_events":
            "Events with a message that only another version of the program can read.",
        "boxoffice_parkings_total": "How often an event was parked.",
        "boxoffice_shard_takeovers_total": "Shards taken from owners that died or froze.",
        "boxoffice_shard_hand_overs_total": "Shards given back in order.",
        "boxoffice_shard_first_consume_seconds":
            "Time from a lease taken to all queues being consumed.",
        // The fleet.
        "boxoffice_workers_wanted": "How many workers there should be.",
        "boxoffice_workers_running": "How many of this fleet's workers run.",
        "boxoffice_workers_changes_total": "How often that number was changed.",
        "boxoffice_worker_restarts_total": "Workers started again since they died.",
        "boxoffice_worker_commands_per_second": "Commands a busy worker decides in a second.",
        "boxoffice_backlog_messages": "Messages in the queues, those in workers' hands included.",
        "boxoffice_backlog_commands": "Commands in those messages, as far as that is known.",
        "boxoffice_backlog_oldest_seconds": "How long the oldest command has waited.",
        "boxoffice_backlog_known": "1 while the queues can be read, else 0.",
    ]
}
