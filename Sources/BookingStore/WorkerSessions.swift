/// How the database sessions of a worker are told from others.
package enum WorkerSessions {
    static let applicationPrefix = "boxoffice work "
    /// How many bytes of an application's name PostgreSQL keeps.
    static let nameMax = 63

    /// The application name that the sessions of a worker must have, so that another can end those that it
    /// leaves behind.
    package static func applicationName(ofWorker name: String) -> String {
        applicationPrefix + name
    }
}
