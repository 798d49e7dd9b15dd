import ChildProcesses
import FaultPoints
import Foundation

/// The databases of one run, copies of templates that were migrated once.
struct RunDatabases: Sendable {
    let directoryURL: String
    let shardURLs: [String]
    /// What whoever may do everything must be told to use them.
    let settings: [String: String]
    /// The same for the programs of each role.
    let roles: [DatabaseRole: [String: String]]
    private let superuser: Psql
    private let names: [String]

    /// Names the databases; makes none.
    init(_ run: String, services: Services) {
        func renamed(_ settings: [String: String]) -> [String: String] {
            var settings = settings
            for name in [Self.directory, Self.shards] {
                let urls = (settings[name] ?? "").split(separator: ",").map { url in
                    let slash = url.lastIndex(of: "/") ?? url.endIndex
                    return "\(url[..<slash])/faults_\(run)_\(url[slash...].dropFirst())"
                }
                settings[name] = urls.joined(separator: ",")
            }
            return settings
        }
        settings = renamed(services.settings)
        roles = services.roles.mapValues(renamed)
        directoryURL = settings[Self.directory] ?? ""
        shardURLs = (settings[Self.shards] ?? "").split(separator: ",").map(String.init)
        names = ([directoryURL] + shardURLs).map { url in
            String(url[(url.lastIndex(of: "/") ?? url.startIndex)...].dropFirst())
        }
        superuser = Psql(
            url: services.settings["BOXOFFICE_TEST_POSTGRES_URL"] ?? "", folder: services.folder,
            environment: Services.toolEnvironment)
    }

    private static let directory = "BOXOFFICE_DIRECTORY_URL"
    private static let shards = "BOXOFFICE_SHARD_URLS"

    /// Makes them empty, or as copies of `template`.
    func create(from template: RunDatabases? = nil) async throws {
        try await drop()
        for (place, name) in names.enumerated() {
            let copied = template.map { " TEMPLATE \($0.names[place])" } ?? ""
            // A template must have no sessions, and those of a program that has just ended may stay
            // for a moment.
            try await eventually("\(name) is made", within: .seconds(10)) {
                _ = try? await superuser.rows("CREATE DATABASE \(name) OWNER boxoffice\(copied)")
                return try await !superuser.rows(
                    "SELECT 1 FROM pg_database WHERE datname = '\(name)'"
                ).isEmpty
            }
        }
    }

    func drop() async throws {
        for name in names {
            try await superuser.rows("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        }
    }

    /// A look into a shard, and a hand in it.
    func shard(_ number: Int) -> Psql {
        Psql(url: shardURLs[number], folder: superuser.folder, environment: superuser.environment)
    }

    /// The rows that `sql` gives in all shards.
    func rows(_ sql: String) async throws -> [String] {
        var rows: [String] = []
        for number in shardURLs.indices { rows += try await shard(number).rows(sql) }
        return rows
    }

    /// The sum over all shards of the one number that `sql` gives.
    func sum(_ sql: String) async throws -> Int {
        try await rows(sql).compactMap { Int($0) }.reduce(0, +)
    }
}

extension RunDatabases {
    /// Has every commit of bookings written down: the epoch it was decided under, and the lease's.
    func audit() async throws { _ = try await rows(Self.auditing) }

    /// Takes away the last layers against overselling, which would hide that the others are broken.
    func dropConstraints() async throws { _ = try await rows(Self.constraintsDropped) }

    /// Lets the ingresses send all kinds of command to owners that have just begun: those would have to read them
    /// for some time first, as there might be another version.
    func settleKinds() async throws {
        try await eventually("every shard has an owner", within: FaultLimits.startMax) {
            try await rows("SELECT 1 FROM shard_lease WHERE cardinality(kinds) = 0").isEmpty
        }
        _ = try await rows(
            """
            UPDATE shard_lease SET kinds_since = ARRAY(
                SELECT clock_timestamp() - interval '1 minute' FROM unnest(kinds))
            """)
    }

    static let constraintsDropped = """
        ALTER TABLE ticket_type
            DROP CONSTRAINT ticket_type_available_in_capacity,
            DROP CONSTRAINT ticket_type_held_not_negative,
            DROP CONSTRAINT ticket_type_places_add_up;
        ALTER TABLE booking
            DROP CONSTRAINT booking_sequence_unique;
        """

    private static let auditing = """
        CREATE TABLE audit_commit (
            transaction xid8, writer_epoch bigint, lease_epoch bigint,
            committed_at timestamptz, bookings bigint);
        CREATE FUNCTION audit_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            INSERT INTO audit_commit
            SELECT pg_current_xact_id(), added.epoch, (SELECT epoch FROM shard_lease),
                   clock_timestamp(), count(*)
              FROM added GROUP BY added.epoch;
            RETURN NULL;
        END $$;
        CREATE FUNCTION audit_page() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            -- A batch renews the lease; what packs the log of an older program does not.
            INSERT INTO audit_commit
            SELECT pg_current_xact_id(), added.epoch, lease.epoch, clock_timestamp(), 0
              FROM added, shard_lease lease
             WHERE lease.xmin = pg_current_xact_id()::xid;
            RETURN NULL;
        END $$;
        CREATE TRIGGER audit_page AFTER INSERT ON log_page REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION audit_page();
        CREATE TRIGGER audit_commit AFTER INSERT ON booking REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION audit_commit();
        """
}
