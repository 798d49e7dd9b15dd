// swift-tools-version:6.2
import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")

let package = Package(
    name: "boxoffice",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
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

        // Clients worth using elsewhere; they know nothing of bookings.
        .target(name: "Postgres", dependencies: ["CLibPQ", logging]),
        .target(name: "AMQP", dependencies: ["CRabbitMQ", logging]),

        // The domain: pure, standard library only. And its messages.
        .target(name: "BookingDomain"),
        .target(name: "BookingMessages", dependencies: ["BookingDomain"]),

        // The adapters to the database and the broker.
        .target(
            name: "BookingStore", dependencies: ["BookingDomain", "Postgres"],
            resources: [.embedInCode("SQL")]),
        .target(
            name: "BookingBroker",
            dependencies: ["BookingDomain", "BookingMessages", "AMQP", logging]),

        .target(
            name: "BookingWorker",
            dependencies: [
                "BookingBroker", "BookingDomain", "BookingMessages", "BookingStore", "AMQP",
                "Postgres", lifecycle, logging, metrics,
            ]),

        .testTarget(name: "BookingDomainTests", dependencies: ["BookingDomain"]),
        .testTarget(
            name: "BookingMessagesTests", dependencies: ["BookingDomain", "BookingMessages"]),
    ],
    swiftLanguageModes: [.v6]
)

// One set of rules for every target of ours.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
