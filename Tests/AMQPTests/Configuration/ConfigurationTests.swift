import Testing

@testable import AMQP

@Suite("Configuration")
struct ConfigurationTests {
    private func parse(_ url: String) throws -> AMQPConfiguration {
        try AMQPConfiguration(url: url, connectionName: "t")
    }

    @Test("a full URL gives all parts, decoded")
    func full() throws {
        let configuration = try parse(
            "amqp://us%40er:p%3Ass%2F@h1:1234,h2,[::1]:77/my%2Fhost?heartbeat=7&connection_timeout=250"
        )
        #expect(
            configuration.addresses == [
                AMQPAddress(host: "h1", port: 1234), AMQPAddress(host: "h2", port: 5672),
                AMQPAddress(host: "::1", port: 77),
            ])
        #expect(configuration.username == "us@er")
        #expect(configuration.password == "p:ss/")
        #expect(configuration.virtualHost == "my/host")
        #expect(configuration.heartbeat == .seconds(7))
        #expect(configuration.connectTimeout == .milliseconds(250))
        #expect(configuration.tls == nil)
    }

    @Test("what is left out has the usual values", arguments: ["amqp://h", "amqp://h/"])
    func defaults(url: String) throws {
        let configuration = try parse(url)
        #expect(configuration.addresses == [AMQPAddress(host: "h", port: 5672)])
        #expect(configuration.virtualHost == "/")
        #expect(configuration.username == "guest" && configuration.password == "guest")
        #expect(configuration.heartbeat == .seconds(5))
        #expect(configuration.connectTimeout == .seconds(3))
        #expect(configuration.requestTimeout == .seconds(5))
    }

    @Test("amqps means TLS with verification, its own port, and a file of authorities")
    func encrypted() throws {
        #expect(try parse("amqps://h").tls == AMQPTLS())
        #expect(AMQPTLS().verifiesHost)
        let configuration = try parse("amqps://h?cacertfile=%2Fetc%2Fca.pem")
        #expect(configuration.tls?.authoritiesFile == "/etc/ca.pem")
        #expect(configuration.addresses == [AMQPAddress(host: "h", port: 5671)])
    }

    @Test(
        "a bad URL is refused without repeating it",
        arguments: [
            "http://u:secret@h", "amqp://", "amqp://u:secret@", "amqp://u:secret@h:0",
            "amqp://u:secret@h:99999", "amqp://u:secret@h:x", "amqp://u:secret@h,,i",
            "amqp://u:secret@h/a/b", "amqp://u:secret%4@h", "amqp://u:secret%zz@h",
            "amqp://u:secret%ff@h", "amqp://u:secret@h?nonsense=1", "amqp://u:secret@h?heartbeat",
            "amqp://u:secret@h?heartbeat=x", "amqp://u:secret@h?cacertfile=x",
            "amqp://u:secret@[::1", "amqp://u:secret@[::1]x", "amqp://u:secret@h#f",
            "amqp://u:secret%00@h", "amqp://u:secret@h?connection_timeout=0",
        ])
    func refused(url: String) throws {
        let error = try #require(throws: AMQPError.self) { try parse(url) }
        #expect(error.code == .invalidConfiguration)
        #expect(!error.description.contains("secret"))
    }

    @Test("printing never shows the password")
    func printing() throws {
        let configuration = try parse("amqp://user:secret@h")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("secret"), "\(text)")
        }
        #expect("\(configuration)" == "amqp://user@h:5672 virtual host /")
    }

    @Test("heartbeats are whole seconds on the wire, rounded up")
    func heartbeatSeconds() throws {
        var configuration = try parse("amqp://h")
        configuration.heartbeat = .milliseconds(1200)
        #expect(configuration.heartbeatSeconds == 2)
        configuration.heartbeat = .zero
        #expect(configuration.heartbeatSeconds == 0)
        configuration.heartbeat = .seconds(-1)
        #expect(throws: AMQPError.self) { try configuration.validate() }
    }
}

@Suite("Backoff")
struct BackoffTests {
    @Test("doubles from the first wait to the cap, and jitter stays below it")
    func growth() {
        let backoff = AMQPBackoff(first: .milliseconds(100), cap: .seconds(1))
        let longest = (1...6).map { backoff.delay(afterFailures: $0, randomness: 1) }
        #expect(
            longest == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800),
                .seconds(1), .seconds(1),
            ])
        let shortest = (1...6).map { backoff.delay(afterFailures: $0, randomness: 0) }
        #expect(shortest == longest.map { $0 / 2 })
        #expect(backoff.delay(afterFailures: .max, randomness: 1) == .seconds(1))
    }
}

@Suite("What cannot be sent")
struct ValidationTests {
    @Test("names longer than 255 bytes, tables too large or too deep")
    func refused() {
        let long = String(repeating: "ä", count: 128)
        #expect(throws: AMQPError.self) {
            try OutboundMethod.queueDeclare(.init(name: long)).validate()
        }
        #expect(throws: AMQPError.self) {
            try AMQPTable(dictionaryLiteral: (long, .void)).validate()
        }
        #expect(throws: AMQPError.self) {
            try ["a": AMQPValue.bytes([UInt8](repeating: 0, count: 70_000))].validate()
        }
        var deep = AMQPValue.void
        for _ in 0..<20 { deep = .array([deep]) }
        #expect(throws: AMQPError.self) { try ["a": deep].validate() }
        #expect(throws: Never.self) { try ["a": AMQPValue.array([.table(["b": 1])])].validate() }
    }
}
