import Foundation

/// The servers that tests run against; `infra/test` starts them and says where they are.
package enum TestServices {
    /// A superuser's URL of a server where databases may be made.
    package static func postgresURL() throws -> String {
        try required("BOXOFFICE_TEST_POSTGRES_URL")
    }

    /// A broker's URL.
    package static func brokerURL() throws -> String { try required("BOXOFFICE_TEST_AMQP_URL") }

    /// The broker's URL of the programs of a role, as `infra/services` wrote it into their settings.
    package static func brokerURL(of role: String) throws -> String {
        let file = URL(filePath: try required("BOXOFFICE_TEST_SERVICES_DIR"))
            .appending(path: "settings/\(role).json")
        let settings = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
        guard let url = settings["broker-url"] else { throw MissingTestService(name: file.path) }
        return url
    }

    private static func required(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw MissingTestService(name: name)
        }
        return value
    }
}

/// A test service was not named in the environment.
package struct MissingTestService: Error, CustomStringConvertible {
    let name: String

    package var description: String {
        "\(name) is not set: run the tests with infra/test, or start servers with infra/services"
            + " and export what stands in the env file of their folder"
    }
}
