import Testing

@testable import Postgres

@Suite("The configuration")
struct ConfigurationTests {
    private func configuration(_ string: String) throws -> PostgresConfiguration {
        try PostgresConfiguration(connectionString: string, applicationName: "app")
    }

    @Test(
        "URIs and keywords are understood",
        arguments: [
            "postgresql://u:p%40ss@h:5433/db", "postgres://u@h,g:1/db",
            "host=h port=5433 dbname=db",
            "host='h' password='it\\'s'", "", "service=nowhere",
        ])
    func valid(string: String) throws {
        _ = try configuration(string)
    }

    @Test(
        "An invalid string is refused, and no piece of the password is shown",
        arguments: [
            "postgresql://u:hush%zz@h/db", "postgresql://u:hush@h/db?password=hush&hush=1",
            "host=h password='hush", "host=h password=hush hush", "host=h hush=hush",
            "postgresql://u:hush@[::1/db", "postgresql://u:hush@h/db?hush",
            "postgresql://u:hush@[hush]hush/db", "host=h\u{0}password=hush",
            "postgresql://u:hush\"hush%zz@h/db", "host=a,b hostaddr=1.1.1.1 password=hush",
            "host=a,b,c port=1,2 password=hush",
        ])
    func invalid(string: String) async throws {
        let error = try await postgresError { try configuration(string) }
        #expect(error.code == .invalidConfiguration)
        #expect(error.isSafeToRetry)
        for text in ["\(error)", error.message, String(reflecting: error)] {
            #expect(!text.contains("hush"), "\(text)")
        }
    }

    @Test("However a configuration is printed, the password stays out")
    func printing() throws {
        let configuration = try configuration("postgresql://u:hush@h:5433/db")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hush"))
            #expect(text.contains("host=h port=5433 dbname=db user=u"))
        }
    }

    @Test("Each host becomes an attempt of its own")
    func attempts() throws {
        let attempts = try configuration("postgresql://u:p@a:1,b:2/db").attempts()
        #expect(attempts.map { $0["host"] } == ["a", "b"])
        #expect(attempts.map { $0["port"] } == ["1", "2"])
        #expect(attempts.map { $0["password"] } == ["p", "p"])
        let onePort = try configuration("host=a,b port=7").attempts()
        #expect(onePort.map { $0["port"] } == ["7", "7"])
        #expect(try configuration("dbname=db").attempts().map { $0["host"] } == [nil])
    }

    @Test("Standbys are preferred in a first round over all hosts")
    func preferStandby() throws {
        let attempts = try configuration("host=a,b target_session_attrs=prefer-standby").attempts()
        #expect(attempts.map { $0["host"] } == ["a", "b", "a", "b"])
        #expect(
            attempts.map { $0["target_session_attrs"] } == ["standby", "standby", "any", "any"])
    }

    @Test("Limits and settings are sent with the attempt, and what the string says stays")
    func settings() throws {
        var configuration = try configuration("host=a options='-c a=1' keepalives_idle=77")
        configuration.tcpUserTimeout = .milliseconds(1500)
        configuration.sessionSettings = ["lock_timeout": "1 s", "b.c": "\\"]
        let attempt = try #require(try configuration.attempts().first)
        #expect(attempt["options"] == "-c a=1 -c b.c=\\\\ -c lock_timeout=1\\ s")
        #expect(attempt["tcp_user_timeout"] == "1500")
        #expect(attempt["keepalives_idle"] == "77")
        #expect(attempt["keepalives_count"] == "3")
        #expect(attempt["application_name"] == "app")
        #expect(attempt["client_encoding"] == "UTF8")
    }

    @Test(
        "The name of a setting cannot smuggle in another", arguments: ["", "a b", "a=1 -c b", "ä"])
    func settingNames(name: String) async throws {
        var configuration = try configuration("host=a")
        configuration.sessionSettings = [name: "1"]
        let attempted = configuration
        let error = try await postgresError { try attempted.attempts() }
        #expect(error.code == .invalidConfiguration)
    }

    @Test("Values with quotes and backslashes survive being put into words again")
    func keywordForm() throws {
        var string = try ConnectionString(parsing: "host=h")
        string["password"] = "it's \\ \"q\" =&"
        #expect(try ConnectionString(parsing: string.keywordForm)["password"] == "it's \\ \"q\" =&")
    }

    @Test(
        "Durations become whole milliseconds, rounded up",
        arguments: [
            (Duration.zero, 0 as Int32), (.nanoseconds(1), 1), (.milliseconds(3), 3),
            (.microseconds(3001), 4), (.seconds(-1), 0), (.seconds(1 << 40), Int32.max),
        ])
    func milliseconds(duration: Duration, expected: Int32) {
        #expect(duration.milliseconds == expected)
    }
}
