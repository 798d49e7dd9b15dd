// swift-tools-version:6.2
import PackageDescription

/// The archive of LLVM's fuzzer when `infra/fuzz` builds: the tests of input are the fuzzer then.
let fuzzerArchive = Context.environment["BOXOFFICE_FUZZER_ARCHIVE"]

// The products of other packages, by the names our targets use below.
let argumentParser = product("ArgumentParser", of: "swift-argument-parser")
let asyncHTTPClient = product("AsyncHTTPClient", of: "async-http-client")
let configuration = product("Configuration", of: "swift-configuration")
let coreMetrics = product("CoreMetrics", of: "swift-metrics")
let crypto = product("Crypto", of: "swift-crypto")
let cryptoExtras = product("CryptoExtras", of: "swift-crypto")
let deque = product("DequeModule", of: "swift-collections")
let histogram = product("Histogram", of: "hdrhistogram-swift")
let httpTypes = product("HTTPTypes", of: "swift-http-types")
let hummingbird = product("Hummingbird", of: "hummingbird")
let hummingbirdCore = product("HummingbirdCore", of: "hummingbird")
let hummingbirdTesting = product("HummingbirdTesting", of: "hummingbird")
let jwtKit = product("JWTKit", of: "jwt-kit")
let lifecycle = product("ServiceLifecycle", of: "swift-service-lifecycle")
let logging = product("Logging", of: "swift-log")
let metrics = product("Metrics", of: "swift-metrics")
let nio = product("NIOCore", of: "swift-nio")
let nioEmbedded = product("NIOEmbedded", of: "swift-nio")
let nioExtras = product("NIOExtras", of: "swift-nio-extras")
let nioFoundation = product("NIOFoundationCompat", of: "swift-nio")
let nioHTTP = product("NIOHTTP1", of: "swift-nio")
let nioHTTPTypes = product("NIOHTTPTypes", of: "swift-nio-extras")
let nioPosix = product("NIOPosix", of: "swift-nio")

// All that reads bytes from outside, fed with anything.
let inputTestsDependencies: [Target.Dependency] = [
    "BookingBroker", "BookingDomain", "BookingIngress", "BookingKeys", "BookingMessages",
    "BookingScale",
    "BookingStore", "AMQP", "CRabbitMQ", "JSON", "Postgres", "ProblemDetails", crypto, httpTypes,
    nio, nioHTTP,
]
let inputTests: Target =
    if let fuzzerArchive {
        .executableTarget(
            name: "fuzz", dependencies: inputTestsDependencies, path: "Tests/InputTests",
            exclude: [
                "SurvivalTests.swift", "NestedTableTests.swift", "LastInput.swift",
                "InputMutator.swift",
            ],
            linkerSettings: [.unsafeFlags([fuzzerArchive, "-lstdc++"])])
    } else {
        .testTarget(
            name: "InputTests", dependencies: inputTestsDependencies, exclude: ["FuzzMain.swift"])
    }

let package = Package(
    name: "boxoffice",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "boxoffice", targets: ["boxoffice"]),
        .library(name: "Postgres", targets: ["Postgres"]),
        .library(name: "AMQP", targets: ["AMQP"]),
    ],
    traits: [
        .trait(
            name: "FaultPoints",
            description: "Lets tests kill the program at chosen points and plant bugs in it.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // The C libraries; each has one importer.
        .systemLibrary(
            name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),

        // Libraries worth using elsewhere; they know nothing of bookings.
        .target(name: "Postgres", dependencies: ["CLibPQ", "FaultPoints", logging]),
        .target(name: "AMQP", dependencies: ["CRabbitMQ", logging]),
        .target(name: "Prometheus", dependencies: [coreMetrics]),
        .target(name: "TextTables"),
        .target(name: "JSON"),
        .target(name: "RateLimits"),
        .target(
            name: "ProblemDetails",
            dependencies: ["JSON", hummingbird, httpTypes, nio, nioHTTP, nioHTTPTypes, logging]),

        // The domain: pure, standard library only. And the messages that carry it.
        .target(name: "BookingDomain"),
        .target(name: "BookingMessages", dependencies: ["BookingDomain", "JSON"]),

        // Keys, and what is authenticated with them by more than one kind of process.
        .target(name: "BookingKeys", dependencies: ["BookingDomain", crypto]),

        // Where tests may kill the program or plant a bug; empty unless the trait is on.
        .target(name: "FaultPoints"),

        // The adapters to the database and the broker.
        .target(
            name: "BookingStore", dependencies: ["BookingDomain", "FaultPoints", "Postgres"],
            resources: [.embedInCode("SQL")]),
        .target(
            name: "BookingBroker",
            dependencies: [
                "BookingDomain", "BookingKeys", "BookingMessages", "FaultPoints", "AMQP", logging,
            ]),

        // The two kinds of process, and what both show their operators.
        .target(
            name: "BookingIngress",
            dependencies: [
                "BookingBroker", "BookingDomain", "BookingKeys", "BookingManagement",
                "BookingMessages", "BookingStore", "JSON", "ProblemDetails", "RateLimits", crypto,
                cryptoExtras, deque,
                httpTypes, hummingbird, hummingbirdCore, jwtKit, lifecycle, logging, metrics, nio,
                nioExtras, nioHTTP, nioPosix,
            ]),
        .target(
            name: "BookingWorker",
            dependencies: [
                "BookingBroker", "BookingDomain", "BookingKeys", "BookingMessages", "BookingStore",
                "FaultPoints", "AMQP", "Postgres", lifecycle, logging, metrics,
            ]),
        .target(
            name: "BookingScale",
            dependencies: [
                "BookingBroker", "BookingDomain", "BookingStore", asyncHTTPClient, lifecycle,
                logging, metrics, nio, nioHTTP,
            ]),
        .target(
            name: "BookingManagement",
            dependencies: [
                "JSON", "ProblemDetails", "Prometheus", hummingbird, lifecycle, logging, nio,
            ]),

        // What a run under faults writes down: its clients' history.
        .target(name: "BookingHistory"),

        // Judges such a run by its history and the final tables, and by nothing else.
        .target(
            name: "BookingCheck",
            dependencies: ["BookingDomain", "BookingHistory", "AMQP", "Postgres", logging]),

        // A client of the public HTTP API, and nothing else.
        .target(
            name: "BookingLoad",
            dependencies: [
                "TextTables", asyncHTTPClient, histogram, nio, nioFoundation, nioHTTP, nioPosix,
                logging,
            ]),

        // The protocol as a value, explored state by state; no part of the program.
        .target(name: "ProtocolModel"),
        .executableTarget(name: "model", dependencies: ["ProtocolModel", argumentParser]),

        // The fault drill: programs started, hurt and judged from outside. Its way with processes is
        // that of the system tests too.
        .target(name: "ChildProcesses"),
        .executableTarget(
            name: "faults",
            dependencies: [
                "BookingCheck", "BookingDomain", "BookingHistory", "BookingLoad", "ChildProcesses",
                "FaultPoints", "AMQP", argumentParser, logging, nioHTTP,
            ]),

        // The composition root.
        .executableTarget(
            name: "boxoffice",
            dependencies: [
                "BookingBroker", "BookingCheck", "BookingDomain", "BookingHistory",
                "BookingIngress", "BookingKeys", "BookingLoad", "BookingManagement",
                "BookingMessages", "BookingScale", "BookingStore", "BookingWorker", "FaultPoints",
                "AMQP", "JSON", "Postgres",
                "ProblemDetails", "Prometheus", "TextTables", argumentParser, configuration,
                lifecycle, logging, metrics, nio,
            ], plugins: ["BuildCommit"]),
        .plugin(name: "BuildCommit", capability: .buildTool(), path: "Sources/BuildCommit"),

        .testTarget(name: "PostgresTests", dependencies: ["Postgres", logging]),
        .testTarget(name: "AMQPTests", dependencies: ["AMQP", logging]),
        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(name: "RateLimitsTests", dependencies: ["RateLimits"]),
        .testTarget(name: "PrometheusTests", dependencies: ["Prometheus", metrics]),
        .testTarget(
            name: "ProblemDetailsTests",
            dependencies: [
                "JSON", "ProblemDetails", hummingbird, hummingbirdTesting, httpTypes, nio,
                logging,
            ]),
        .testTarget(name: "BookingDomainTests", dependencies: ["BookingDomain"]),
        .testTarget(
            name: "BookingMessagesTests",
            dependencies: ["BookingDomain", "BookingMessages", "BookingTestSupport"]),
        .testTarget(
            name: "BookingKeysTests",
            dependencies: ["BookingDomain", "BookingKeys", "BookingTestSupport"]),
        .testTarget(
            name: "BookingBrokerTests",
            dependencies: [
                "AMQP", "BookingBroker", "BookingDomain", "BookingKeys", "BookingTestSupport",
                logging,
            ]),
        .testTarget(
            name: "BookingStoreTests",
            dependencies: [
                "BookingDomain", "BookingStore", "BookingTestSupport", "Postgres", logging,
            ]),
        .testTarget(
            name: "BookingWorkerTests",
            dependencies: [
                "BookingBroker", "BookingDomain", "BookingKeys", "BookingMessages", "BookingStore",
                "BookingTestSupport", "BookingWorker", "BookingWorkerTestSupport", "AMQP",
                "Postgres", logging,
            ]),
        .testTarget(
            name: "BookingIngressTests",
            dependencies: [
                "BookingBroker", "BookingDomain", "BookingKeys", "BookingIngress",
                "BookingManagement",
                "BookingMessages", "BookingStore", "BookingTestSupport", "AMQP", "JSON", "Postgres",
                "ProblemDetails", "RateLimits", asyncHTTPClient, crypto, httpTypes, hummingbird,
                lifecycle, logging, nio, nioEmbedded, nioHTTP, nioPosix,
            ]),
        .testTarget(
            name: "BookingManagementTests",
            dependencies: [
                "BookingManagement", "JSON", "ProblemDetails", "Prometheus", hummingbird,
                hummingbirdTesting, lifecycle, logging, metrics, nio, nioEmbedded, nioPosix,
            ]),
        .testTarget(
            name: "BookingScaleTests",
            dependencies: [
                "AMQP", "BookingBroker", "BookingDomain", "BookingScale", "BookingTestSupport",
                lifecycle, logging,
            ]),
        .testTarget(
            name: "BookingLoadTests",
            dependencies: [
                "BookingLoad", nio, nioEmbedded, nioHTTP, nioPosix, logging,
            ]),
        .testTarget(name: "BookingHistoryTests", dependencies: ["BookingHistory"]),
        .testTarget(
            name: "BookingCheckTests",
            dependencies: ["BookingCheck", "BookingDomain", "BookingHistory"]),
        .testTarget(
            name: "boxofficeTests",
            dependencies: [
                "boxoffice", "BookingDomain", "BookingKeys", "BookingStore", "BookingTestSupport",
                "AMQP", "JSON",
                "Postgres", "ProblemDetails", logging,
            ]),

        .testTarget(
            name: "faultsTests",
            dependencies: [
                "faults", "BookingCheck", "BookingDomain", "BookingHistory", "FaultPoints",
                argumentParser,
            ]),

        // The model: that it finds what it should, and that its queue is RabbitMQ's.
        .testTarget(name: "ProtocolModelTests", dependencies: ["ProtocolModel"]),
        .testTarget(
            name: "QueueConformanceTests",
            dependencies: ["AMQP", "BookingTestSupport", "ProtocolModel", logging]),

        inputTests,

        // The built program, in processes of its own, killed in every way.
        .testTarget(
            name: "SystemTests",
            dependencies: ["boxoffice", "BookingLoad", "ChildProcesses", "AMQP", logging]),

        // What the tests of several targets share.
        .target(
            name: "BookingTestSupport",
            dependencies: ["BookingDomain", "BookingStore", "Postgres", logging],
            path: "Tests/BookingTestSupport"),

        // A shard's database and broker in memory, as the worker sees them.
        .target(
            name: "BookingWorkerTestSupport",
            dependencies: [
                "BookingBroker", "BookingDomain", "BookingMessages", "BookingStore",
                "BookingWorker",
            ],
            path: "Tests/BookingWorkerTestSupport"),
    ],
    swiftLanguageModes: [.v6]
)

// One set of rules for every target of ours.
for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
    guard fuzzerArchive != nil else { continue }
    // Of what is linked, only the code of ours tells the fuzzer its paths.
    target.swiftSettings?.append(.unsafeFlags(["-O", "-sanitize=fuzzer"]))
    if target.name == "fuzz" { target.swiftSettings?.append(.enableExperimentalFeature("Extern")) }
}

// Millions of states in a debug build too; whole-module, for its small functions are in many files.
package.targets.first { $0.name == "ProtocolModel" }?.swiftSettings?.append(
    .unsafeFlags(
        ["-O", "-disable-batch-mode", "-whole-module-optimization", "-num-threads", "1"],
        .when(configuration: .debug)))

func product(_ name: String, of package: String) -> Target.Dependency {
    .product(name: name, package: package)
}
