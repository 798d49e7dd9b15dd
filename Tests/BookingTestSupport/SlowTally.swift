package import BookingDomain

/// Makes PostgreSQL look for ten seconds for what one buyer has of an event, and answer for all others as
/// ever.
///
/// The table is replaced by a view of it, which can be written, too.
package enum SlowTally {
    package static func script(for user: UserID, of event: EventID) -> String {
        """
        ALTER TABLE buyer_tally RENAME TO buyer_tally_table;
        INSERT INTO buyer_tally_table VALUES ('\(event)', '\(user)', 1, 0);
        CREATE VIEW buyer_tally AS SELECT * FROM buyer_tally_table
        WHERE CASE WHEN user_id = '\(user)' THEN pg_sleep(10) IS NOT NULL ELSE true END;
        """
    }
}
