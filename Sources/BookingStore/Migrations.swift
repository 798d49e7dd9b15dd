package import Postgres

/// The schema's migrations, carried by the program; their text is `schemas/sql`.
///
/// Versions of the program run beside each other while one is rolled out, or back. So a migration says which
/// programs it breaks, by the last migration that they know: as a rule none that know the migration before. It
/// keeps what those rely on, constraints included, and takes away only what the version before it did not
/// use any more. `GoldenStatementTests` tries the statements of the releases that it does not break.
package enum BookingMigrations {
    /// What the directory database needs, in order.
    package static let directory = [
        PostgresMigration(
            version: 1, name: "directory_account",
            sql: text(PackageResources._001_directory_account_sql)),
        PostgresMigration(
            version: 3, name: "directory_worker",
            sql: text(PackageResources._003_directory_worker_sql)),
        PostgresMigration(
            version: 8, name: "directory_session_revocation",
            sql: text(PackageResources._008_directory_session_revocation_sql)),
        PostgresMigration(
            version: 13, name: "directory_canonical_email", breaksProgramsBefore: 8,
            sql: text(PackageResources._013_directory_canonical_email_sql)),
        PostgresMigration(
            version: 14, name: "directory_event_making", breaksProgramsBefore: 8,
            sql: text(PackageResources._014_directory_event_making_sql)),
    ]

    /// What each shard database needs, in order.
    package static let shard = [
        PostgresMigration(
            version: 2, name: "shard_booking",
            sql: text(PackageResources._002_shard_booking_sql)),
        PostgresMigration(
            version: 4, name: "shard_ownership",
            sql: text(PackageResources._004_shard_ownership_sql)),
        PostgresMigration(
            version: 5, name: "shard_hand_over",
            sql: text(PackageResources._005_shard_hand_over_sql)),
        PostgresMigration(
            version: 6, name: "shard_event_times",
            sql: text(PackageResources._006_shard_event_times_sql)),
        PostgresMigration(
            version: 7, name: "shard_buyer_tally",
            sql: text(PackageResources._007_shard_buyer_tally_sql)),
        PostgresMigration(
            version: 9, name: "shard_promises",
            sql: text(PackageResources._009_shard_promises_sql)),
        PostgresMigration(
            version: 10, name: "shard_kinds", breaksProgramsBefore: 9,
            sql: text(PackageResources._010_shard_kinds_sql)),
        PostgresMigration(
            version: 11, name: "shard_price_range", breaksProgramsBefore: 9,
            sql: text(PackageResources._011_shard_price_range_sql)),
        PostgresMigration(
            version: 12, name: "shard_listed_events", breaksProgramsBefore: 10,
            sql: text(PackageResources._012_shard_listed_events_sql)),
        PostgresMigration(
            version: 15, name: "shard_log", breaksProgramsBefore: 10,
            sql: text(PackageResources._015_shard_log_sql)),
        PostgresMigration(
            version: 16, name: "shard_booking_by_event", isContraction: true,
            breaksProgramsBefore: 15,
            sql: text(PackageResources._016_shard_booking_by_event_sql)),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
