internal import Logging

extension PostgresConnection {
    /// An attempt to open a connection, which can be abandoned half-way.
    struct Opening: Sendable {
        private let configuration: PostgresConfiguration
        private let attempts: [ConnectionString]
        private let mailbox: ConnectionMailbox

        init(_ configuration: PostgresConfiguration) throws(PostgresError) {
            guard let bell = EventDescriptor() else {
                throw .connectionFailed("the process has no file descriptors left")
            }
            self.configuration = configuration
            self.attempts = try configuration.attempts()
            self.mailbox = ConnectionMailbox(bell: bell)
        }

        /// Starts the connection's thread, which tells on itself how the attempt went.
        func start(
            logger: Logger,
            opened: @escaping @Sendable (Result<PostgresConnection, PostgresError>) -> Void
        ) {
            let (configuration, attempts, mailbox) = (configuration, attempts, mailbox)
            let isStarted = DedicatedThread.start(named: "pg \(configuration.applicationName)") {
                ConnectionLoop.main(
                    attempts, timeout: configuration.connectTimeout, mailbox: mailbox,
                    logger: logger
                ) { result in
                    opened(result.map { PostgresConnection(configuration, mailbox: mailbox) })
                }
            }
            if !isStarted {
                opened(.failure(.connectionFailed("the system gives no more threads")))
            }
        }

        /// Gives up at once; `opened` is still called, with ``PostgresError/Code/closed``.
        func abandon() {
            mailbox.stop(atOnce: true)
        }
    }
}
