import Postgres

/// Those of some roles that do not exist.
struct SelectMissingRoles: PostgresStatement {
    static let sql = """
        SELECT wanted.name FROM unnest($1) WITH ORDINALITY AS wanted (name, place)
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) ORDER BY wanted.place
        """
    let roles: [String]

    func bind(to parameters: inout PostgresParameters) { parameters.append(roles) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}

/// What only the owner of the database, or of its schema, could have granted or taken away, and did not.
struct SelectLooseRights: PostgresStatement {
    static let sql = """
        SELECT name || ' may not connect' FROM unnest($1) AS role (name)
        WHERE NOT has_database_privilege(name, current_database(), 'CONNECT')
        UNION ALL
        SELECT name || ' may not use the schema ' || current_schema() FROM unnest($1) AS role (name)
        WHERE NOT has_schema_privilege(name, current_schema(), 'USAGE')
        UNION ALL
        SELECT 'everybody may make tables in the schema ' || current_schema()
        WHERE has_schema_privilege('public', current_schema(), 'CREATE')
        """
    let roles: [String]

    func bind(to parameters: inout PostgresParameters) { parameters.append(roles) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}
