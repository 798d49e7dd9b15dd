import Testing

@testable import Postgres

@Suite("Opening a connection", .timeLimit(.minutes(1)))
struct OpeningTests {
    @Test("A server that does not answer costs no more than the connect timeout")
    func stalledServer() async throws {
        try await TestDatabase.with { database in
            try await BreakableProxy.with(database) { proxy in
                proxy.behaviour = .stall
                var configuration = try database.configuration(proxyPort: proxy.port)
                configuration.connectTimeout = .milliseconds(500)
                let start = ContinuousClock.now
                let error = try await postgresError {
                    try await PostgresConnection.connect(configuration, logger: .silent)
                }
                #expect(start.duration(to: .now) < .seconds(8))
                #expect(error.code == .connectionFailed)
                #expect(error.isSafeToRetry)
            }
        }
    }

    @Test("Nobody at the port is an error at once")
    func refused() async throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://u:hush@127.0.0.1:1/x", applicationName: "a")
        let error = try await postgresError {
            try await PostgresConnection.connect(configuration, logger: .silent)
        }
        #expect(error.code == .connectionFailed)
        #expect(error.description.contains("refused"))
        #expect(!error.description.contains("hush"))
    }

    @Test("Hosts that refuse or stall are left behind for one that answers")
    func severalHosts() async throws {
        try await TestDatabase.with { database in
            try await BreakableProxy.with(database) { stalled in
                try await BreakableProxy.with(database) { good in
                    stalled.behaviour = .stall
                    var string = database.server
                    string["host"] = "127.0.0.1,127.0.0.1,127.0.0.1"
                    string["hostaddr"] = nil
                    string["port"] = "1,\(stalled.port),\(good.port)"
                    string["dbname"] = database.name
                    string["target_session_attrs"] = "read-write"
                    var configuration = try PostgresConfiguration(
                        connectionString: string.keywordForm, applicationName: "postgres-tests")
                    configuration.connectTimeout = .seconds(6)
                    let connection = try await PostgresConnection.connect(
                        configuration, logger: .silent)
                    #expect(try await connection.execute(Echo(value: 1)) == [1])
                    #expect(stalled.acceptedCount == 1)
                    #expect(good.acceptedCount == 1)
                    await connection.close()
                }
            }
        }
    }

    @Test("A refusal by the server carries its condition")
    func refusedByServer() async throws {
        try await TestDatabase.with { database in
            var string = database.server
            string["dbname"] = "postgres_test_nowhere"
            let configuration = try PostgresConfiguration(
                connectionString: string.keywordForm, applicationName: "postgres-tests")
            let error = try await postgresError {
                try await PostgresConnection.connect(configuration, logger: .silent)
            }
            #expect(error.code == .connectionFailed)
            #expect(error.sqlState == .invalidCatalogName)
        }
    }

    @Test("A session setting the server does not know fails the attempt")
    func unknownSetting() async throws {
        try await TestDatabase.with { database in
            var configuration = try database.configuration()
            configuration.sessionSettings = ["no_such_setting": "1"]
            let error = try await postgresError {
                try await PostgresConnection.connect(configuration, logger: .silent)
            }
            #expect(error.code == .connectionFailed)
            #expect(error.description.contains("no_such_setting"))
        }
    }

    @Test("A cancelled attempt ends at once")
    func cancelled() async throws {
        try await TestDatabase.with { database in
            try await BreakableProxy.with(database) { proxy in
                proxy.behaviour = .stall
                var configuration = try database.configuration(proxyPort: proxy.port)
                configuration.connectTimeout = .seconds(30)
                let start = ContinuousClock.now
                let error = try await withThrowingTaskGroup(of: PostgresError.self) { group in
                    group.addTask { [configuration] in
                        try await postgresError {
                            try await PostgresConnection.connect(configuration, logger: .silent)
                        }
                    }
                    #expect(try await eventually { proxy.acceptedCount == 1 })
                    group.cancelAll()
                    return try await group.next()
                }
                #expect(error?.code == .cancelled)
                #expect(start.duration(to: .now) < .seconds(10))
            }
        }
    }
}
